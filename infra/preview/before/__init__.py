"""What the model is held against: what is deployed, or another revision of the program."""

from infra.preview.before.version import Version

__all__ = ["Version"]

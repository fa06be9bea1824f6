"""The stack's configuration: what a person writes into `Pulumi.NAME.yaml`, validated.

It knows nothing of Pulumi: the program hands it a plain dict. ``python -m infra.config --stack NAME`` checks a stack's
file without the engine, without AWS and without its secrets.
"""

from infra.config.check import main
from infra.config.references import Reference
from infra.config.stack_config import NAMESPACE, TIERS, StackConfig
from infra.config.stack_file import read_stack_file

__all__ = ["NAMESPACE", "TIERS", "Reference", "StackConfig", "main", "read_stack_file"]

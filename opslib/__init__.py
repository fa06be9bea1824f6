"""Operations over a Pulumi stack's outputs: what is watched, rolled back and proven restorable.

Importing this package does nothing and costs little: each name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opslib.lazily import lazily

if TYPE_CHECKING:
    from opslib.contract import StackOutputs
    from opslib.stack import Stack

__all__ = ["Stack", "StackOutputs", "__version__", "rollback"]

__version__ = "0.1.0"

__getattr__, __dir__ = lazily(__name__, {"stack": ("Stack",), "contract": ("StackOutputs",)}, modules=("rollback",))

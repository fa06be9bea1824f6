"""The procedures on the matrix. A new one is a file beside this one, and a line here."""

from __future__ import annotations

from tests.faults.procedure import Procedure
from tests.faults.service import SERVICES

__all__ = ["PROCEDURES"]

PROCEDURES: tuple[Procedure, ...] = SERVICES

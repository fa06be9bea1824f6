"""Who may do what on a stack: a table of actions, and the roles that are made from it."""

from opslib.permissions.policy import allowing, narrowed, reasons, statements
from opslib.permissions.scope import Scope
from opslib.permissions.table import ACTIVITIES, ANYTHING, FORMS, ROLES, Permission, Role

__all__ = [
    "ACTIVITIES",
    "ANYTHING",
    "FORMS",
    "ROLES",
    "Permission",
    "Role",
    "Scope",
    "allowing",
    "narrowed",
    "reasons",
    "statements",
]

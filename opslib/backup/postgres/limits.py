"""How PostgreSQL says that this machine lacks something: which is nothing against the backup that it restores."""

from __future__ import annotations

import re
from collections.abc import Iterable

import psycopg

__all__ = ["advice", "is_of_machine", "lacking"]

_BUILT_WITHOUT = (
    r'extension "[^"]+" is not available',
    r'could not access file "[^"]+": No such file',
    r"unsupported XML feature",
    r"(ICU|LDAP|SSL) is not supported (in|by) this build",
    r"compression method \w+ not supported",
    r"this build does not support compression with \w+",
    r"compressed with \w+, but this installation does not support",
    r'could not create locale "[^"]+"',
    r"must be loaded via shared_preload_libraries",
)
# Not of pg_restore running out of memory: a damaged table of contents asks it for any amount.
_TOO_SMALL = (
    r"No space left on device",
    r"Disk quota exceeded",
    r"Too many open files",
    r"ERROR:  out of (shared )?memory",
    r"was terminated by signal 9",
)
_EVERY = tuple(re.compile(pattern) for pattern in (*_BUILT_WITHOUT, *_TOO_SMALL))
_SPACE = re.compile("|".join(_TOO_SMALL[:2]))

_RESOURCES = "53"
"""SQLSTATE class: insufficient resources, as disk, memory, or connections."""


def lacking(lines: Iterable[str]) -> tuple[str, ...]:
    """What is lacking, in PostgreSQL's own words, by what it complained of or wrote to its log."""
    return tuple(sorted({found[0] for line in lines for limit in _EVERY if (found := limit.search(line))}))


def is_of_machine(error: psycopg.Error) -> bool:
    """Whether an error says something about this machine, and nothing about what is read."""
    return (error.sqlstate or "").startswith(_RESOURCES)


def advice(said: str, otherwise: str) -> str:
    """What to do next, of a program that failed."""
    return "make room there" if _SPACE.search(said) else otherwise

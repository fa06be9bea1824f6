"""Public names that a package loads from their homes when they are first asked for (PEP 562).

    __getattr__, __dir__ = lazily(__name__, {"runs": ("take", "verify"), "verdict": ("Verdict",)})

So importing a package costs nothing, and whoever asks for one name pays for its home alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["lazily"]


def lazily(
    package: str, homes: Mapping[str, Iterable[str]], *, modules: Iterable[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package.

    Args:
        package: Its name.
        homes: Public names by the module of the package that they are of.
        modules: Modules of the package that are public as they stand.
    """
    home_of = {name: f"{package}.{home}" for home, names in homes.items() for name in names}
    whole = {name: f"{package}.{name}" for name in modules}

    def load(name: str) -> Any:
        if name in whole:
            return import_module(whole[name])
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(home_of[name]), name)
        setattr(sys.modules[package], name, found)
        return found

    def names() -> list[str]:
        return sorted({*home_of, *whole, *vars(sys.modules[package])["__all__"]})

    return load, names

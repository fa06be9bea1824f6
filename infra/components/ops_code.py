"""The code of the functions that run opslib: the bundle that `make lambda` builds."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pulumi

__all__ = ["BUNDLE", "IN_PLACE", "ops_code"]

_ROOT = Path(__file__).resolve().parents[2]

BUNDLE = _ROOT / "build" / "lambda" / "opslib.zip"
"""What `make lambda` builds."""

IN_PLACE = "OPSLIB_LAMBDA_CODE"
"""Set to `in-place`, the functions get no code: they run where opslib is installed, as those of a sandbox do."""


def ops_code(bundle: Path = BUNDLE) -> pulumi.Archive:
    """The bundle, if it is there and holds opslib as it is now.

    Args:
        bundle: Where it is.

    Raises:
        pulumi.RunError: it is not there, or not of this opslib.
    """
    if os.environ.get(IN_PLACE) == "in-place":
        return pulumi.AssetArchive({"README": pulumi.StringAsset("opslib runs where it is installed\n")})
    if not bundle.is_file():
        raise pulumi.RunError(f"the code of the stack's functions is not built ({_shown(bundle)}): run `make lambda`")
    changed = _changed(bundle)
    if changed:
        raise pulumi.RunError(f"{_shown(bundle)} is older than {changed}: run `make lambda`")
    # A relative path: the state is the same whoever runs the program.
    return pulumi.FileArchive(os.path.relpath(bundle))


def _changed(bundle: Path) -> str:
    """The first of opslib's files that the bundle has otherwise, or that is no more; empty where there is none."""
    with zipfile.ZipFile(bundle) as opened:
        for name in opened.namelist():
            if name.startswith("opslib/"):
                source = _ROOT / name
                if not source.is_file() or source.read_bytes() != opened.read(name):
                    return name
    return ""


def _shown(bundle: Path) -> str:
    return str(bundle.relative_to(_ROOT) if bundle.is_relative_to(_ROOT) else bundle)

"""How the code of a function travels: the sandbox unpacks none, so that only which code it is goes there."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opslib.sandbox.provider.codecs import Plain, Trail, has_unknown
from opslib.sandbox.provider.values import UNKNOWN

__all__ = ["Zipped"]


@dataclass(frozen=True, slots=True)
class Zipped(Plain):
    """An archive, as a zip file that holds nothing but the name of what it stands for: the sandbox unpacks no code."""

    def encode(self, value: Any, trail: Trail) -> Any:  # noqa: ARG002 - an archive has no steps down
        """A zip file that is another where the archive is."""
        if value is UNKNOWN:
            return value
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            archive.writestr(zipfile.ZipInfo("archive.json"), json.dumps(_contents(value), sort_keys=True))
        return written.getvalue()

    def same(self, one: Any, other: Any) -> bool:
        """By what is in it, where both tell; else by what it was made from."""
        if has_unknown(one) or has_unknown(other):
            return False
        return bool(_contents(one) == _contents(other))


def _contents(archive: Any) -> Any:
    """What tells an archive from another: the engine's hash, where it has made one."""
    return archive.get("hash") or archive if isinstance(archive, Mapping) else archive

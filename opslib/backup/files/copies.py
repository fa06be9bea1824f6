"""Compare points with their second copies."""

from __future__ import annotations

from opslib.backup.files.points import Observation, Part, Point
from opslib.backup.verdict import Finding

__all__ = ["compare_copies"]

COMPARED_BY = ("sha256", "md5", "etag")
"""The best digest that both sides know."""

CHECK = "second copy"


def compare_copies(kept: tuple[Point, ...], copy: Observation, *, same_service: bool) -> tuple[Finding, ...]:
    """Whether every point is in the second place, and is the same there.

    Args:
        kept: The points that have to be there.
        copy: What is in the second place.
        same_service: Whether both are in S3: only then do ETags compare.
    """
    there = {point.name: point for point in copy.points}
    wrong: list[Finding] = []
    only_sizes = 0
    for point in kept:
        if point.name not in there:
            wrong.append(Finding(CHECK, "disproven", f"{point.name} is not in {copy.place}", on=point.name))
            continue
        differing, unknown = _compare(point, there[point.name], same_service=same_service)
        wrong += differing
        only_sizes += unknown
    if wrong:
        return tuple(wrong)
    if not kept:
        return (Finding(CHECK, "not checked", "there is no point to have a copy of"),)
    says = f"each of {len(kept)} points is in {copy.place} as well"
    if only_sizes:
        words = f"{says}, and no file differs in size; of {only_sizes} points not all contents could be compared"
        content = Finding(CHECK, "not checked", words, required=False, facts={"by_size_only": only_sizes})
        newest = kept[-1]
        known = not _compare(newest, there[newest.name], same_service=same_service)[1]
        newest_says = f"{newest.name}, the newest, is the same in {copy.place} (by its digests)"
        return (
            (Finding(CHECK, "proven", newest_says, on=newest.name), content)
            if known
            else (Finding(CHECK, "not checked", words, facts={"by_size_only": only_sizes}),)
        )
    return (Finding(CHECK, "proven", f"{says}, with the same content (by its digests)"),)


def _compare(point: Point, copy: Point, *, same_service: bool) -> tuple[list[Finding], bool]:
    """What differs, and whether some file could be compared by its size only."""
    copies = {part.path: part for part in copy.parts}
    wrong, unknown = [], False
    for part in point.parts:
        other = copies.get(part.path)
        on = f"{point.name}/{part.path}" if part.path != point.name else point.name
        if other is None:
            wrong.append(Finding(CHECK, "disproven", f"{on} is missing in the copy", on=on))
            continue
        same = _same(part, other, same_service=same_service)
        if part.size != other.size or same is False:
            how = f"{other.size} bytes, not {part.size}" if part.size != other.size else "other content"
            wrong.append(Finding(CHECK, "disproven", f"{on} has {how} in the copy", on=on))
        unknown = unknown or same is None
    return wrong, unknown


def _same(part: Part, other: Part, *, same_service: bool) -> bool | None:
    """Whether the contents are the same; None: nothing that both sides know says so."""
    for digest in COMPARED_BY:
        if digest in part.digests and digest in other.digests and (same_service or digest != "etag"):
            if part.digests[digest] == other.digests[digest]:
                return True
            return None if digest == "etag" else False  # other parts of an upload, or another key: another ETag
    return None

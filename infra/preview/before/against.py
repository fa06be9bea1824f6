"""Which of the two an argument of `--against` is: a state file, or a revision."""

from __future__ import annotations

from pathlib import Path

from infra.preview.before.revision import GitMissing, commit_of, read_revision
from infra.preview.before.state import read_state
from infra.preview.before.version import Version
from infra.preview.given import Model
from opslib.errors import BadRequest

__all__ = ["read_before"]


def read_before(given: str, model: Model, *, stack: str, config: Path | None, program: str | None) -> Version:
    """The version that is compared with. What is a file is a state; everything else is for git to know.

    Args:
        given: The argument.
        model: The model that is held against it.
        stack: The stack's name.
        config: The stack's file, where one was given.
        program: A user's own program, where one was given.

    Raises:
        BadRequest: It is neither, or cannot be read.
    """
    if Path(given).is_file():
        return read_state(Path(given), region=model.region, stack=stack, with_free_tier=model.terms.with_free_tier)
    try:
        name, commit = next(((name, found) for name in _names(given) if (found := commit_of(name))), (given, None))
    except GitMissing as problem:
        raise BadRequest(f"--against {given}: there is no such file, and {problem.what}", problem.next_step) from None
    if commit is None:
        what = f"--against {given}: there is no such file, and git knows no such revision"
        raise BadRequest(what, "name a file of `pulumi stack export`, or fetch the revision")
    return read_revision(name, commit, stack=stack, config=config, program=program, region=model.region)


def _names(given: str) -> tuple[str, ...]:
    """As git may know it: a pipeline has fetched its base, and made no branch of it."""
    return () if not given or given.startswith("-") else (given, f"origin/{given}")

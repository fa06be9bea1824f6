"""``make urns``: write the recorded URNs anew. The diff of these files is the list of what moves: read it."""

from __future__ import annotations

from tests.infra.test_urns import STACKS, recorded, registered


def main() -> None:
    """Record the URNs of the shipped stacks."""
    for stack in STACKS:
        urns = sorted(registered(stack))
        recorded(stack).write_text("\n".join(urns) + "\n", encoding="utf-8")
        print(f"{recorded(stack)}: {len(urns)} resources")  # noqa: T201  this is a command


main()

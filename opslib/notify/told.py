"""A step of a plan that tells people something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from opslib.notify.message import Severity
from opslib.procedure import Call, Facts, Intent, Needed, Observation, Read, Satisfied, Step

__all__ = ["Told"]

_PLACEHOLDER = re.compile(r"\{([A-Za-z0-9_-]+)\.([A-Za-z0-9_.-]+)\}")


class Told(Step):
    """People were told.

    At most once: an intent that is written counts as told. A message leaves nothing behind that a resumed run could
    look at, so after a kill between the intent and the sending nobody knows. To tell it again could page people twice
    for one event, and they would take it for two; to lose one is seen, for the plan's later messages come, and all of
    it is in the journal.

    Title, text and facts may hold ``{step_id.fact}``: what an earlier step found. A fact that is not there reads ``?``,
    and one of a step that is not done ``<known after STEP>``; neither is a failure. `fact` may lead into a fact's own
    fields: ``{find.revision.arn}``.

    Attributes:
        message_title: See `Message`; empty: the step's title.
        text: See `Message`.
        severity: See `Message`.
        facts: See `Message`.
        link: See `Message`.
    """

    nothing_to_undo: ClassVar[bool] = True

    kind: Literal["notify.told"] = "notify.told"
    message_title: str = ""
    text: str = ""
    severity: Severity = "info"
    facts: dict[str, str] = Field(default_factory=dict)
    link: str = ""

    def observe(self, read: Read, known: Mapping[str, Facts], intent: Intent | None) -> Observation:
        """Told is what was intended once; see the class."""
        parameters = self._parameters(known)
        if intent is None:
            return Needed(Call("notify", "Tell", parameters, repeat="look_up_first"))
        deliveries = read("notify", "Deliveries", **parameters)["deliveries"]
        return Satisfied({} if deliveries is None else {"deliveries": deliveries})

    def _parameters(self, known: Mapping[str, Facts]) -> dict[str, Any]:
        given = {
            "title": _filled(self.message_title or self.title, known),
            "text": _filled(self.text, known),
            "severity": self.severity,
            "facts": {name: _filled(value, known) for name, value in self.facts.items()},
            "link": self.link,
        }
        return {name: value for name, value in given.items() if value}


def _filled(text: str, known: Mapping[str, Facts]) -> str:
    return _PLACEHOLDER.sub(lambda found: _fact(found[1], found[2], known), text)


def _fact(step_id: str, path: str, known: Mapping[str, Facts]) -> str:
    if step_id not in known:
        return f"<known after {step_id}>"
    value: Any = known[step_id]
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return "?"
        value = value[name]
    return str(value)

"""What a target gets of an event: all of it, a part, a constant, or a template filled in. Pure.

Source: EventBridge's user guide, "Input transformation".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["input_of", "part_of"]

_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")
_PLACE = re.compile(r"<([A-Za-z0-9._-]+)>")
_MISSING = object()


def part_of(path: str, event: Any) -> Any:
    """What stands at a JSON path (`$.detail.state[0]`); None where nothing does."""
    found, at = event, 1
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            return None
        name = step[1] or step[2] or step[3]
        if step[4] is not None:
            found = found[int(step[4])] if isinstance(found, list) and int(step[4]) < len(found) else _MISSING
        else:
            found = found.get(name, _MISSING) if isinstance(found, dict) else _MISSING
        if found is _MISSING:
            return None
        at = step.end()
    return found


def input_of(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """What a target gets.

    Args:
        target: As PutTargets was given it.
        event: The event.
        rule_arn: The rule's ARN.

    Returns:
        A text, JSON but where a template is none.
    """
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(part_of(target["InputPath"], event))
    if "InputTransformer" in target:
        return _filled_in(target["InputTransformer"], event, rule_arn)
    return json.dumps(event)


def _filled_in(transformer: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    values = {name: part_of(path, event) for name, path in transformer.get("InputPathsMap", {}).items()}
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
    template = str(transformer["InputTemplate"])

    def value_at(place: re.Match[str]) -> str:
        if place[1] not in values:
            return place[0]
        value = values[place[1]]
        inside_text = _in_quotes(template, place.start())
        if value is None:
            return "" if inside_text else '""'
        if isinstance(value, str):  # within quotation marks of the template the text alone, else with its own
            return (
                json.dumps(value)[1:-1] if inside_text or not template.lstrip().startswith("{") else json.dumps(value)
            )
        written = json.dumps(value)
        return json.dumps(written)[1:-1] if inside_text else written

    return _PLACE.sub(value_at, template)


def _in_quotes(template: str, at: int) -> bool:
    return len(re.findall(r'(?<!\\)"', template[:at])) % 2 == 1

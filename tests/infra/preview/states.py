"""The program's own resources as `pulumi stack export` would write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra import program
from opslib.sandbox.programs.in_process import run_program
from tests.infra.product import ACCOUNT, REGION

_WHERE = f"{REGION}:{ACCOUNT}"
_ARNS = {
    "aws:sns/topic:Topic": f"sns:{_WHERE}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": f"cloudwatch:{_WHERE}:alarm",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": f"cloudwatch:{_WHERE}:alarm",
}
"""What AWS's ARNs of a type look like before the name, in the place of those that the run makes up."""


def exported(stack: str, config: Mapping[str, Any], to: Path) -> Path:
    """Run the program without an engine, and write what it registered as a state.

    Args:
        stack: The stack's name.
        config: What its file says under `config`.
        to: The file.
    """
    ran = run_program(program.main, project="opslib", stack=stack, config=dict(config))
    resources = [
        {
            "urn": one.urn,
            "type": one.token,
            "custom": one.custom,
            "inputs": one.inputs,
            # What is made up for what was not given is no output that AWS would give.
            "outputs": {key: one.outputs[key] for key in ("arn", "region") if key in one.outputs} | one.inputs,
            "parent": one.parent_urn,
        }
        for one in ran.resources
    ]
    text = json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": resources}}, default=str)
    for one in ran.resources:
        if one.token in _ARNS and "arn" in one.outputs:
            name = one.inputs.get("alarmName") or one.inputs["name"]
            text = text.replace(str(one.outputs["arn"]), f"arn:aws:{_ARNS[one.token]}:{name}")
    to.write_text(text, encoding="utf-8")
    return to

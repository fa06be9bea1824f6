"""Step Functions: state machines."""

from __future__ import annotations

from opslib.sandbox.provider.codecs import Document
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Change, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import arns, is_json, matching, one_of

__all__ = ["ROWS"]

_MACHINE = {"stateMachineArn": "{id}"}

_CHANGEABLE = (
    Field("definition", "definition", Document()),
    Field("roleArn", "roleArn"),
    Field(
        "tracingConfiguration",
        "tracingConfiguration",
        Record((Field("enabled", "enabled", default=False),)),
        computed=True,
    ),
)

STATE_MACHINE = ResourceType(
    token="aws:sfn/stateMachine:StateMachine",  # noqa: S106 - Pulumi's word for a type's name
    service="stepfunctions",
    fields=(Field("name", "name"), Field("type", "type", default="STANDARD"), *_CHANGEABLE),
    create=Call("create_state_machine"),
    changes=(Change(call=Call("update_state_machine", _MACHINE), fields=_CHANGEABLE),),
    delete=Call("delete_state_machine", _MACHINE),
    lookups=(Lookup(call=Call("describe_state_machine", _MACHINE)),),
    identity_at="stateMachineArn",
    search=Lookup(call=Call("list_state_machines"), at="stateMachines", where={"name": "{name}"}),
    outputs={"arn": "{live.stateMachineArn}", "status": "{live.status}"},
    replace_on=frozenset({"name", "type"}),  # ForceNew; UpdateStateMachine changes neither
    autoname="",
    tags=Tagging(
        path="tags",
        pair=("key", "value"),
        tag=Call("tag_resource", {"resourceArn": "{id}", "tags": "{tags}"}),
        untag=Call("untag_resource", {"resourceArn": "{id}", "tagKeys": "{keys}"}),
        listing=Call("list_tags_for_resource", {"resourceArn": "{id}"}),
        at="tags",
    ),
    rules=(
        is_json("definition"),
        arns("roleArn"),
        one_of("type", "STANDARD", "EXPRESS"),
        matching("name", r"[A-Za-z0-9_-]{1,80}", "letters, digits, - and _, 80 at most"),
    ),
)

ROWS = (STATE_MACHINE,)

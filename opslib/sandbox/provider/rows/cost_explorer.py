"""Cost Explorer: anomaly monitors and subscriptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from opslib.sandbox.provider.codecs import PLAIN, Many, Plain
from opslib.sandbox.provider.records import Field, Record
from opslib.sandbox.provider.row import Call, Change, Known, Lookup, ResourceType, Tagging
from opslib.sandbox.provider.rows.rules import arns, one_of
from opslib.sandbox.provider.values import UNKNOWN, CheckFailure

__all__ = ["ROWS"]

_TAGS = Tagging(
    path="ResourceTags",
    tag=Call("tag_resource", {"ResourceArn": "{id}", "ResourceTags": "{tags}"}),
    untag=Call("untag_resource", {"ResourceArn": "{id}", "ResourceTagKeys": "{keys}"}),
    listing=Call("list_tags_for_resource", {"ResourceArn": "{id}"}),
    at="ResourceTags",
)


def _kind(inputs: Known) -> Iterator[CheckFailure]:
    if inputs.get("monitorType") == "DIMENSIONAL" and not inputs.sets("monitorDimension"):
        yield CheckFailure("monitorDimension", "is required by the monitorType DIMENSIONAL")
    if inputs.get("monitorType") == "CUSTOM":
        yield CheckFailure("monitorType", "is 'CUSTOM'; the stand-in provider knows DIMENSIONAL only")


ANOMALY_MONITOR = ResourceType(
    token="aws:costexplorer/anomalyMonitor:AnomalyMonitor",  # noqa: S106 - Pulumi's word for a type's name
    service="ce",
    fields=(
        Field("name", "AnomalyMonitor.MonitorName", live="MonitorName"),
        Field("monitorType", "AnomalyMonitor.MonitorType", live="MonitorType"),
        Field("monitorDimension", "AnomalyMonitor.MonitorDimension", live="MonitorDimension"),
    ),
    create=Call("create_anomaly_monitor"),
    changes=(
        Change(
            call=Call("update_anomaly_monitor", {"MonitorArn": "{id}"}),
            fields=(Field("name", "MonitorName", live="-"),),
        ),
    ),
    delete=Call("delete_anomaly_monitor", {"MonitorArn": "{id}"}),
    lookups=(Lookup(call=Call("get_anomaly_monitors", {"MonitorArnList": ["{id}"]}), at="AnomalyMonitors"),),
    identity_at="MonitorArn",
    outputs={"arn": "{id}"},
    replace_on=frozenset(
        {"monitorType", "monitorDimension"}
    ),  # both ForceNew; UpdateAnomalyMonitor takes the name only
    tags=_TAGS,
    rules=(_kind, one_of("monitorType", "DIMENSIONAL", "CUSTOM")),
    regional=False,
)

_IMPACT = Record(
    (
        Field("key", "Key"),
        Field("matchOptions", "MatchOptions", Many(unordered=True)),
        Field("values", "Values", Many(unordered=True)),
    )
)
_OF_IMPACT = Record((Field("dimension", "Dimensions", _IMPACT),))
_THRESHOLD = Record(
    (
        Field("dimension", "Dimensions", _IMPACT),
        Field("ands", "And", Many(_OF_IMPACT)),
        Field("ors", "Or", Many(_OF_IMPACT)),
    )
)
_SUBSCRIBERS = Many(Record((Field("type", "Type"), Field("address", "Address"))), unordered=True)
_FREQUENCIES = {"SNS": ("IMMEDIATE",), "EMAIL": ("DAILY", "WEEKLY")}
_FIELDS: tuple[tuple[str, str, Plain], ...] = (
    ("name", "SubscriptionName", PLAIN),
    ("frequency", "Frequency", PLAIN),
    ("monitorArnLists", "MonitorArnList", Many(unordered=True)),
    ("subscribers", "Subscribers", _SUBSCRIBERS),
    ("thresholdExpression", "ThresholdExpression", _THRESHOLD),
)


def _field(name: str, path: str, codec: Plain, *, under: str = "", live: str = "") -> Field:
    return Field(name, f"{under}{path}", codec, live=live)


def _frequency(inputs: Known) -> Iterator[CheckFailure]:
    frequency = inputs.get("frequency")
    for index, subscriber in enumerate(inputs.get("subscribers", ())):
        kind = subscriber.get("type") if isinstance(subscriber, Mapping) else UNKNOWN
        if frequency is not None and kind in _FREQUENCIES and frequency not in _FREQUENCIES[kind]:
            allowed = " or ".join(_FREQUENCIES[kind])
            yield CheckFailure(f"subscribers[{index}]", f"is {kind}, to which AWS sends {allowed}, not {frequency}")


ANOMALY_SUBSCRIPTION = ResourceType(
    token="aws:costexplorer/anomalySubscription:AnomalySubscription",  # noqa: S106 - a type's name
    service="ce",
    fields=(
        *(_field(name, path, codec, under="AnomalySubscription.", live=path) for name, path, codec in _FIELDS),
        Field("accountId", "AnomalySubscription.AccountId", live="AccountId", computed=True),
    ),
    create=Call("create_anomaly_subscription"),
    changes=(
        Change(
            call=Call("update_anomaly_subscription", {"SubscriptionArn": "{id}"}),
            fields=tuple(_field(name, path, codec, live="-") for name, path, codec in _FIELDS if name != "name"),
        ),
    ),
    delete=Call("delete_anomaly_subscription", {"SubscriptionArn": "{id}"}),
    lookups=(
        Lookup(call=Call("get_anomaly_subscriptions", {"SubscriptionArnList": ["{id}"]}), at="AnomalySubscriptions"),
    ),
    identity_at="SubscriptionArn",
    outputs={"arn": "{id}"},
    replace_on=frozenset({"name", "accountId"}),  # both ForceNew in that schema
    tags=_TAGS,
    rules=(_frequency, arns("monitorArnLists"), one_of("frequency", "DAILY", "IMMEDIATE", "WEEKLY")),
    regional=False,
)

ROWS = (ANOMALY_MONITOR, ANOMALY_SUBSCRIPTION)

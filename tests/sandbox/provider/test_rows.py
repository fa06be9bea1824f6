"""Every resource type, from one table of good instances: refused when bad, and created, read, changed and deleted."""

from __future__ import annotations

import keyword
from collections.abc import Callable
from typing import Any

import pytest

from opslib.errors import StandInRefusal
from opslib.sandbox import Sandbox
from opslib.sandbox.provider import RESOURCE_TYPES, UNKNOWN, StandInProvider
from tests.sandbox.provider.good import REGION, Bad, Good, with_change
from tests.sandbox.provider.goods import GOODS

Check = Callable[[str, dict[str, Any]], dict[str, Any]]
Prepare = Callable[[Good], Good]

NOT_IMPORTED = (
    "aws:appautoscaling",
    "aws:cloudwatch/eventTarget",
    "aws:backup/selection",
    "aws:iam/rolePolicyAttachment",
    "aws:cloudwatch/logMetricFilter",
    "aws:lambda/function:",  # its code is not told
    "aws:lambda/permission",
    "aws:secretsmanager/",
    "aws:s3/bucketObjectv2",  # its content is not told
    "aws:synthetics",  # where its script is, is not told
)

every_good = pytest.mark.parametrize("good", GOODS, ids=lambda good: good.label)


def test_every_type_has_a_good_instance_and_bad_ones() -> None:
    assert {good.token for good in GOODS} == set(RESOURCE_TYPES)
    assert all(good.bads and (good.fixed or (good.change and good.outside)) for good in GOODS)


@every_good
def test_a_good_one_is_not_refused(good: Good, checked: Check) -> None:
    inputs = checked(good.token, good.inputs)
    assert set(good.inputs) <= set(inputs)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        pytest.param(good, bad, id=f"{good.label}-{number}-{bad.names}")
        for good in GOODS
        for number, bad in enumerate(good.bads)
    ],
)
def test_a_bad_one_is_refused_by_the_property_at_fault(good: Good, bad: Bad, checker: StandInProvider) -> None:
    failures = checker.check(good.token, with_change(good.inputs, bad.change)).failures
    assert bad.names in [failure.property for failure in failures]
    assert any(bad.says in failure.reason for failure in failures if failure.property == bad.names)


@every_good
def test_what_is_unknown_is_never_refused(good: Good, checker: StandInProvider) -> None:
    for name in good.inputs:
        assert checker.check(good.token, {**good.inputs, name: UNKNOWN}).failures == (), name
    assert checker.check(good.token, dict.fromkeys(good.inputs, UNKNOWN)).failures == ()


@every_good
def test_the_life_of_a_resource(good: Good, provider: StandInProvider, checked: Check, prepared: Prepare) -> None:
    good = prepared(good)
    token, inputs = good.token, checked(good.token, good.inputs)
    created = provider.create(token, inputs)
    assert with_change(created.outputs, inputs) == created.outputs
    assert set(RESOURCE_TYPES[token].outputs) - {"streamArn", "streamLabel"} <= set(created.outputs)

    live = provider.read(token, created.id, inputs, created.outputs)
    assert live is not None
    assert live.inputs == inputs
    assert live.outputs == created.outputs
    assert provider.diff(token, created.id, live.inputs, live.outputs, inputs).changed == ()

    news = checked(token, with_change(good.inputs, good.change))
    difference = provider.diff(token, created.id, inputs, created.outputs, news)
    assert set(difference.changed) == {name for name in good.change if inputs.get(name) != news.get(name)}
    assert difference.replaces == ()
    updated = provider.update(token, created.id, inputs, created.outputs, news)
    changed = provider.read(token, created.id, news, updated)
    assert changed is not None
    assert provider.diff(token, created.id, changed.inputs, changed.outputs, news).changed == ()
    assert provider.diff(token, created.id, changed.inputs, changed.outputs, inputs).changed == difference.changed

    provider.delete(token, created.id, updated)
    gone = provider.read(token, created.id, news, updated)
    if token == "aws:sns/topicPolicy:TopicPolicy":  # a topic is never without a policy: it has AWS's default again
        assert gone is not None
        assert "__default_policy_ID" in gone.outputs["policy"]
    elif token == "aws:secretsmanager/secretVersion:SecretVersion":  # it goes with its secret
        assert gone is not None
    else:
        assert gone is None
    provider.delete(token, created.id, updated)  # gone already: no error
    provider.create(token, checked(token, good.inputs))  # nothing of it is left in the way


@pytest.mark.parametrize("good", [good for good in GOODS if not good.fixed], ids=lambda good: good.label)
def test_a_change_behind_pulumis_back_is_seen_and_mended(
    good: Good, provider: StandInProvider, checked: Check, prepared: Prepare, sandbox: Sandbox
) -> None:
    good = prepared(good)
    token, inputs = good.token, checked(good.token, good.inputs)
    created = provider.create(token, inputs)
    assert good.outside is not None
    service, operation, parameters = good.outside
    filled = {
        name: [created.id] if value == ["{id}"] else created.id if value == "{id}" else value
        for name, value in parameters.items()
    }
    getattr(sandbox.client(service, REGION), operation)(**filled)

    live = provider.read(token, created.id, inputs, created.outputs)
    assert live is not None
    difference = provider.diff(token, created.id, live.inputs, live.outputs, inputs)
    assert difference.changed == good.drift
    assert difference.replaces == ()
    provider.update(token, created.id, live.inputs, live.outputs, inputs)
    mended = provider.read(token, created.id, inputs, created.outputs)
    assert mended is not None
    assert mended.inputs == inputs


@every_good
def test_what_is_gone_reads_as_gone(good: Good, provider: StandInProvider, checked: Check) -> None:
    inputs = checked(good.token, good.inputs)
    assert provider.read(good.token, "shop-nobody", {**inputs, "arn": None}, inputs) is None


@pytest.mark.parametrize("good", [good for good in GOODS if good.put_style], ids=lambda good: good.label)
def test_what_exists_is_not_created_again(
    good: Good, provider: StandInProvider, checked: Check, prepared: Prepare
) -> None:
    good = prepared(good)
    inputs = checked(good.token, good.inputs)
    created = provider.create(good.token, inputs)
    other = checked(good.token, with_change(good.inputs, good.change))
    with pytest.raises(StandInRefusal, match=r"already exists.*import it or give it another name"):
        provider.create(good.token, other)
    live = provider.read(good.token, created.id, inputs, created.outputs)
    assert live is not None
    assert live.inputs == inputs


@every_good
def test_what_cannot_be_changed_in_place_is_replaced(good: Good, checker: StandInProvider, checked: Check) -> None:
    inputs = checked(good.token, good.inputs)
    for name, value in good.replacements.items():
        news = with_change(inputs, {name: value})
        difference = checker.diff(good.token, "some-id", inputs, inputs, news)
        assert difference.changed == (name,)
        assert difference.replaces == (name,)
    assert set(good.replacements) <= RESOURCE_TYPES[good.token].replace_on


@every_good
def test_all_that_aws_tells_comes_with_an_import(
    good: Good, provider: StandInProvider, checked: Check, prepared: Prepare
) -> None:
    if good.token.startswith(NOT_IMPORTED):
        pytest.skip("their ids do not say what they belong to, or AWS not all of it")
    good = prepared(good)
    inputs = checked(good.token, good.inputs)
    created = provider.create(good.token, inputs)
    imported = provider.read(good.token, created.id, {}, {})
    assert imported is not None
    again = checked(good.token, imported.inputs)
    row = RESOURCE_TYPES[good.token].named
    told = {name: value for name, value in inputs.items() if name not in row or row[name].told_at}
    difference = provider.diff(good.token, created.id, again, imported.outputs, again | told)
    assert difference.changed == ()


@every_good
def test_every_output_is_one_of_the_sdk(
    good: Good, provider: StandInProvider, checked: Check, prepared: Prepare
) -> None:
    import pulumi_aws

    good = prepared(good)
    created = provider.create(good.token, checked(good.token, good.inputs))
    module, name = good.token.split(":")[1].split("/")[0], good.token.rpartition(":")[2]
    resource = getattr(getattr(pulumi_aws, f"{module}_" if keyword.iskeyword(module) else module), name)
    getters = {one.fget._pulumi_name for one in vars(resource).values() if isinstance(one, property) and one.fget}
    assert set(created.outputs) <= getters

"""The doctor finds each thing that is broken on purpose, by its own check alone; and nothing where all is well."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from opslib.contract import StackOutputs
from opslib.operate.doctor import CHECKS, PAGE
from opslib.operate.doctor.blindness import SETTINGS
from opslib.operate.doctor.check import GROUPS
from opslib.operate.doctor.look import calls_allowed
from opslib.operate.doctor.permissions import needed
from tests.docs.commands import commands, faults
from tests.operate.doctor.breaking.every import BROKEN, Broken

pytestmark = [pytest.mark.feature("O14"), pytest.mark.xdist_group("doctor")]


def test_on_a_sound_stack_nothing_is_found_and_nothing_is_changed(ask: Any) -> None:
    found = ask("nothing_broken")
    assert (found["findings"], found["notChecked"], found["exitCode"]) == ([], [], 0)
    assert found["mutating"] == []
    looked = {one["check"] for one in found["checks"] if one["verdict"] == "in place"}
    assert looked == {check.id for check in CHECKS}, "each has something to look at in the shipped stack"
    assert found["made"] < found["allowed"]
    assert found["made"] < 260, "for three services, three roles and 150 alarms"


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.name)
def test_what_is_broken_is_found_by_its_check_and_by_no_other(ask: Any, broken: Broken) -> None:
    found = ask(broken.name)
    assert {one["check"] for one in found["findings"]} == {broken.check}, found["findings"]
    assert [one["on"] for one in found["findings"] if broken.on not in one["on"]] == []
    assert found["exitCode"] == 1
    assert found["mutating"] == []
    for one in found["findings"]:
        assert "{" not in one["nextStep"] or "`" in one["nextStep"] or "'" in one["nextStep"], "nothing is left out"
        assert [said for command in commands(_shell(one["nextStep"])) for said in faults(command)] == []


CHANGED = {
    "a threshold was changed by hand": "its threshold is 99.5, and was ",
    "a period was changed by hand": "its period is 300 s, and was 60 s",
    "M of N was changed by hand": "it rings at 2 of 9 periods, and did at ",
    "missing data is treated otherwise": "its treatment of missing data is ignore, and was ",
    "a comparison was turned around": "its comparison is LessThanThreshold, and was Greater",
    "another service is looked at": "its statistic is Minimum, and was Average; its dimension ServiceName is web",
    "an action was taken away": "it no longer acts on parcel-staging-recovery when it is well again",
    "metric math was changed by hand": "its expression of watched is 0 * requests, and was IF(FILL(requests, 0) >= 20",
    "a composite's rule was changed by hand": "its rule asks for other alarms, or for them in another way",
}


@pytest.mark.parametrize(("name", "told"), CHANGED.items(), ids=CHANGED)
def test_what_was_changed_of_an_alarm_is_named_once(ask: Any, name: str, told: str) -> None:
    [found] = ask(name)["findings"]
    assert told in found["what"]
    assert found["what"].startswith("it is not as it was deployed: ")


def test_every_check_finds_something_that_is_broken() -> None:
    assert {broken.check for broken in BROKEN} == {check.id for check in CHECKS}
    assert len(BROKEN) >= 20
    assert len({broken.name for broken in BROKEN}) == len(BROKEN)


def test_no_secret_address_is_told(ask: Any) -> None:
    for name in ("a subscription waits to be confirmed", "a number has opted out", "a subscriber cannot be reached"):
        told = json.dumps(ask(name))
        assert "integration" not in told, "a pager's URL holds its key"
        assert "+4915112345678" not in told
        assert "+15005550199" not in told


def test_throttling_is_waited_out(ask: Any) -> None:
    found = ask("throttled")
    assert found["fired"] >= 10
    assert (found["findings"], found["notChecked"]) == ([], [])


def test_what_could_not_be_looked_at_is_never_in_place(ask: Any) -> None:
    found = ask("unanswered")
    assert found["exitCode"] == 3
    assert found["findings"] == []
    missed = {one["check"]: one for one in found["notChecked"]}
    assert {"topic-there", "subscription-confirmed", "tier-heard", "topic-key", "sms-released"} <= set(missed)
    assert "500" in missed["topic-there"]["why"]
    assert missed["topic-there"]["on"].endswith("and 7 more"), "ten topics, for one reason"
    verdicts = {one["check"]: one["verdict"] for one in found["checks"]}
    assert verdicts["topic-there"] == "not checked"
    assert verdicts["journal-there"] == "in place"


def test_there_are_never_more_calls_than_announced(ask: Any) -> None:
    found = ask("too_many_calls")
    assert found["exitCode"] == 3
    assert found["calls"] == found["allowed"] < 50
    assert found["findings"] == []
    assert any("--only" in one["why"] for one in found["notChecked"])


def test_more_is_allowed_for_a_larger_stack(document: dict[str, Any]) -> None:
    small = StackOutputs.parse(document, source="here")
    assert calls_allowed(small) == 100 + 30 * 5
    more = {**document["services"], "web": document["services"]["api"]}
    assert calls_allowed(StackOutputs.parse({**document, "services": more}, source="here")) == 100 + 30 * 6


def test_what_a_rollback_calls_is_what_is_asked_of_iam(ask: Any, document: dict[str, Any]) -> None:
    called = set(ask("permissions"))
    assert called, "it is ready to run"
    asked = needed("operator", StackOutputs.parse(document, source="here"))
    assert called - {"iam:PassRole"} <= {action for actions in asked.values() for action in actions}


def test_rows_are_whole() -> None:
    checks = (*CHECKS, PAGE)
    assert len({check.id for check in checks}) == len(checks)
    for check in checks:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", check.id)
        assert check.group in GROUPS
        assert check.looks_at
        assert check.why
        assert check.next_step
    for requirement, means in SETTINGS.items():
        assert means.lacks, requirement
        assert [said for one in commands(_shell(means.next_step)) for said in faults(one)] == []


def _shell(next_step: str) -> str:
    """The commands in a next step, as a shell would be given them: `{on}` stands for a name."""
    text = next_step.replace("{on}", "NAME").replace("…", "X")
    return "\n".join(
        found.rstrip(",;. ") for found in re.findall(r"(aws [a-z-]+ [a-z-]+ --[^`;]*?)(?=`|;|, and|, with|$)", text)
    )

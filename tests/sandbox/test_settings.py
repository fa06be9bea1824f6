"""Settings of behaviours and the seed of chance: told by control route, kept until a reset."""

from __future__ import annotations

import dataclasses

import pytest
from pydantic import ValidationError

from opslib.errors import BadRequest, SandboxError
from opslib.sandbox.routes import ROUTES, route_of
from opslib.sandbox.settings import SETTINGS, BehaviourSettings, as_fields

# Any two records with defaults do: a frozen dataclass of a behaviour, and a pydantic model.
HOMES = {
    "balancing": "opslib.sandbox.behaviour.load_balancer.settings:LoadBalancerSettings",
    "matching": "opslib.sandbox.faults.fault:Match",
}


@pytest.fixture
def settings() -> BehaviourSettings:
    return BehaviourSettings(HOMES)


def test_defaults_hold_until_a_field_is_changed_and_again_after_a_reset(settings):
    assert settings["matching"].nth is None
    settings.change({"matching": {"service": "ecs"}})
    settings.change({"matching": {"nth": 3}})
    assert (settings["matching"].service, settings["matching"].nth) == ("ecs", 3)
    settings.clear()
    assert (settings["matching"].service, settings["matching"].nth) == (None, None)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"weather": {"rain": 1}}, "no behaviour called weather has settings: there are: balancing, matching"),
        ({"matching": {"colour": "red"}}, "the settings of matching have no colour: they have: service, "),
        ({"matching": {"nth": 0}}, "greater than or equal to 1"),
    ],
)
def test_what_does_not_fit_changes_nothing(settings, wanted, said):
    with pytest.raises((BadRequest, ValidationError), match=said):
        settings.change({"balancing": {}, **wanted})
    with pytest.raises((BadRequest, ValidationError), match=said):
        settings.change({name: {"service": "ecs", **fields} for name, fields in wanted.items()})
    assert settings["matching"].service is None


def test_an_unknown_behaviour_is_a_key_that_is_not_there(settings):
    with pytest.raises(KeyError):
        _ = settings["weather"]


@pytest.mark.parametrize("name", SETTINGS)
def test_every_row_leads_to_a_record_whose_fields_all_have_defaults(name):
    record = BehaviourSettings()[name]
    assert dataclasses.is_dataclass(record) or hasattr(record, "model_fields")
    with pytest.raises((dataclasses.FrozenInstanceError, ValidationError)):
        setattr(record, next(iter(as_fields(record))), 1)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_leads_to_a_function(method, path):
    assert callable(route_of(method, path))


def test_settings_are_told_and_read_by_control_route(account):
    defaults = account.behaviour()
    assert set(defaults) == set(SETTINGS)
    name, field, value = next(
        (name, field, value)
        for name, fields in defaults.items()
        for field, value in fields.items()
        if field.endswith("_seconds") and value
    )
    assert account.behaviour(**{name: {field: value + 1}})[name][field] == value + 1
    assert account.behaviour()[name][field] == value + 1
    account.reset()
    assert account.behaviour() == defaults


def test_what_a_control_route_refuses_is_one_line(account):
    with pytest.raises(SandboxError, match="no behaviour called weather has settings"):
        account.behaviour(weather={"rain": 1})


def test_the_seed_is_told_and_a_reset_brings_the_first_one_back(account):
    first = account.status().seed
    account.seed_random(first + 7)
    assert account.status().seed == first + 7
    account.reset()
    assert account.status().seed == first

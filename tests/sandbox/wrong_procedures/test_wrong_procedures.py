"""Each wrong procedure violates exactly the invariant that it should, and the right ones violate none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opslib.sandbox.invariants.table import INVARIANTS
from tests.sandbox.wrong_procedures import procedures
from tests.sandbox.wrong_procedures.shop import Shop

Procedure = Callable[[Shop], None]

RIGHT: list[Procedure] = [
    procedures.go_back_to_the_good_revision,
    procedures.switch_to_the_standby,
    procedures.suspend_scaling_and_restore_it,
    procedures.point_at_a_restored_database,
]

# The procedure, the invariant, the operation that is to blame, when it showed, and about what.
WRONG: list[tuple[Procedure, str, str, str, str]] = [
    (procedures.scale_to_zero_first, "capacity_never_zero", "UpdateService", "call", "shop/api"),
    (procedures.stop_the_old_tasks_before_the_new_ones, "capacity_never_zero", "UpdateService", "time", "shop-api"),
    (procedures.switch_before_the_targets_are_healthy, "weight_only_to_healthy", "ModifyRule", "call", "the rule 10"),
    (procedures.go_back_to_the_second_newest_revision, "only_good_revisions", "UpdateService", "call", "shop/api"),
    (procedures.switch_only_the_default_action, "rules_switched_together", "ModifyListener", "settled", "shop-api"),
    (procedures.overwrite_a_colleague, "no_overwriting", "UpdateService", "call", "shop/api"),
    (
        procedures.register_again_instead_of_reusing,
        "no_orphan_revision",
        "RegisterTaskDefinition",
        "call",
        "shop-api:7",
    ),
    (
        procedures.deregister_what_one_would_go_back_to,
        "rollback_target_kept",
        "DeregisterTaskDefinition",
        "call",
        "shop/api",
    ),
    (procedures.deregister_what_runs, "rollback_target_kept", "DeregisterTaskDefinition", "call", "shop/api"),
    (procedures.forget_to_restore_scaling, "scaling_restored", "UpdateService", "settled", "service/shop/api"),
    (procedures.point_at_a_database_that_is_not_there, "endpoint_available", "PutParameter", "call", "/shop/database"),
    (
        procedures.point_at_a_database_that_is_being_created,
        "endpoint_available",
        "PutParameter",
        "call",
        "/shop/database",
    ),
    (procedures.stop_a_database_that_is_pointed_at, "endpoint_available", "StopDBInstance", "call", "/shop/database"),
]


@pytest.mark.parametrize("procedure", RIGHT, ids=lambda procedure: procedure.__name__)
def test_a_right_procedure_violates_nothing(shop, procedure):
    procedure(shop)
    shop.sandbox.settled()
    assert shop.sandbox.violations() == []


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row[0].__name__)
def test_a_wrong_procedure_violates_what_it_should(shop, row):
    procedure, invariant, operation, by, subject = row
    procedure(shop)
    shop.sandbox.settled()
    violations = shop.sandbox.violations()
    assert {violation.invariant for violation in violations} == {invariant}
    first = violations[0]
    assert (first.operation, first.by) == (operation, by)
    assert first.subject.startswith(subject)
    blamed = shop.sandbox.calls()[first.sequence - 1]
    assert (blamed.sequence, blamed.operation) == (first.sequence, operation)


def test_every_invariant_is_violated_by_something():
    assert {row[1] for row in WRONG} == set(INVARIANTS)

"""Performance (Database) Insights of an instance: moto forgets whether it is on."""

from __future__ import annotations

import pytest

from opslib.sandbox import Workload


@pytest.mark.feature("O14")
def test_whether_insights_are_on_is_kept(account):
    whole = Workload.sample()
    account.seed(whole.model_copy(update={"services": (), "caches": (), "functions": (), "load_balancers": ()}))
    rds = account.client("rds")

    def on() -> bool:
        return rds.describe_db_instances(DBInstanceIdentifier="shop-main")["DBInstances"][0][
            "PerformanceInsightsEnabled"
        ]

    assert on() is False, "AWS, CreateDBInstance: off unless asked for"
    rds.modify_db_instance(DBInstanceIdentifier="shop-main", EnablePerformanceInsights=True)
    assert on() is True
    rds.modify_db_instance(DBInstanceIdentifier="shop-main", BackupRetentionPeriod=3)
    account.clock.advance(3600)
    assert on() is True, "nobody asked for another"
    rds.modify_db_instance(DBInstanceIdentifier="shop-main", EnablePerformanceInsights=False)
    assert on() is False

"""Alarms that are gone, mute, changed or blind."""

from __future__ import annotations

from datetime import timedelta

from tests.operate.doctor.breaking.means import Broken, insights, put_again
from tests.operate.doctor.product import Product

__all__ = ["BROKEN"]


NOBODY = "arn:aws:sns:eu-central-1:123456789012:nobody"


def alarm_deleted(p: Product) -> None:
    p.aws("cloudwatch").delete_alarms(AlarmNames=["parcel-staging-api-cpu-warning"])


def alarm_off(p: Product) -> None:
    p.aws("cloudwatch").disable_alarm_actions(AlarmNames=["parcel-staging-api-unavailable"])


def alarm_mute(p: Product) -> None:
    put_again(p, "parcel-staging-api-cpu-critical", AlarmActions=[], OKActions=[])


def alarm_astray(p: Product) -> None:
    put_again(p, "parcel-staging-api-cpu-critical", AlarmActions=[NOBODY])


def alarm_changed(p: Product) -> None:
    put_again(p, "parcel-staging-api-cpu-critical", Threshold=99.5)


def alarm_starving(p: Product) -> None:
    put_again(p, "parcel-staging-api-cpu-critical", MetricName="CPUUtilisation", TreatMissingData="missing")
    p.sandbox.clock.advance(timedelta(hours=5).total_seconds())


def insights_off(p: Product) -> None:
    insights(p, "disabled")


def insights_not_enhanced(p: Product) -> None:
    insights(p, "enabled")


def database_insights_off(p: Product) -> None:
    instance = p.outputs.databases["orders"].instance
    p.aws("rds").modify_db_instance(DBInstanceIdentifier=instance, EnablePerformanceInsights=False)


BROKEN = (
    Broken("an alarm was deleted", "alarm-there", "api-cpu-warning", alarm_deleted),
    Broken("an alarm's actions are off", "alarm-acts", "api-unavailable", alarm_off),
    Broken("an alarm has no actions", "alarm-tells", "api-cpu-critical", alarm_mute),
    Broken("an alarm acts on a topic that is gone", "alarm-topic", "api-cpu-critical", alarm_astray),
    Broken("a threshold was changed by hand", "alarm-as-deployed", "api-cpu-critical", alarm_changed),
    Broken("an alarm has no data", "alarm-fed", "api-cpu-critical", alarm_starving),
    Broken("Container Insights is off", "alarm-sees", "parcel-staging", insights_off),
    Broken("Container Insights is not enhanced", "alarm-sees", "parcel-staging", insights_not_enhanced),
    Broken("Database Insights is off", "alarm-sees", "parcel-staging-orders", database_insights_off),
)

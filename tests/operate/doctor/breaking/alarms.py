"""Alarms that are gone, mute, changed or blind."""

from __future__ import annotations

from datetime import timedelta

from tests.operate.doctor.breaking.means import Broken, changed, insights, put_again
from tests.operate.doctor.product import Product

__all__ = ["BROKEN"]


CPU = "parcel-staging-api-cpu-critical"
MATH = "parcel-staging-api-errors-critical"
PAGES = "parcel-staging-api-unavailable"
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


def alarm_starving(p: Product) -> Product:
    """As it was deployed, and nobody publishes its metric."""
    put_again(p, CPU, MetricName="CPUUtilisation", TreatMissingData="missing")
    p.sandbox.clock.advance(timedelta(hours=5).total_seconds())
    (alarm,) = (one for one in p.outputs.alarms if one.name == CPU)
    assert alarm.deployed is not None
    watching = tuple(one.model_copy(update={"name": "CPUUtilisation"}) for one in alarm.deployed.watching)
    deployed = alarm.deployed.model_copy(update={"watching": watching, "missing_data": "missing"})
    others = (one for one in p.outputs.alarms if one.name != CPU)
    return changed(p, alarms=(*others, alarm.model_copy(update={"deployed": deployed})))


def period_changed(p: Product) -> None:
    put_again(p, CPU, Period=300)


def m_of_n_changed(p: Product) -> None:
    put_again(p, CPU, DatapointsToAlarm=2, EvaluationPeriods=9)


def missing_data_changed(p: Product) -> None:
    put_again(p, CPU, TreatMissingData="ignore")


def comparison_changed(p: Product) -> None:
    put_again(p, CPU, ComparisonOperator="LessThanThreshold")


def statistic_and_dimension_changed(p: Product) -> None:
    dimensions = [{"Name": "ClusterName", "Value": "parcel-staging"}, {"Name": "ServiceName", "Value": "web"}]
    put_again(p, CPU, Statistic="Minimum", Dimensions=dimensions)


def action_removed(p: Product) -> None:
    put_again(p, CPU, OKActions=[])


def math_changed(p: Product) -> None:
    client = p.aws("cloudwatch")
    (found,) = client.describe_alarms(AlarmNames=[MATH])["MetricAlarms"]
    queries = [{**one, "Expression": "0 * requests"} if one["Id"] == "watched" else one for one in found["Metrics"]]
    put_again(p, MATH, Metrics=queries)


def rule_changed(p: Product) -> None:
    client = p.aws("cloudwatch")
    (found,) = client.describe_alarms(AlarmNames=[PAGES], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    known = client.meta.service_model.operation_model("PutCompositeAlarm").input_shape.members
    kept = {field: value for field, value in found.items() if field in known}
    client.put_composite_alarm(**{**kept, "AlarmRule": f"({found['AlarmRule']}) AND TRUE"})


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
    Broken("a period was changed by hand", "alarm-as-deployed", "api-cpu-critical", period_changed),
    Broken("M of N was changed by hand", "alarm-as-deployed", "api-cpu-critical", m_of_n_changed),
    Broken("missing data is treated otherwise", "alarm-as-deployed", "api-cpu-critical", missing_data_changed),
    Broken("a comparison was turned around", "alarm-as-deployed", "api-cpu-critical", comparison_changed),
    Broken("another service is looked at", "alarm-as-deployed", "api-cpu-critical", statistic_and_dimension_changed),
    Broken("an action was taken away", "alarm-as-deployed", "api-cpu-critical", action_removed),
    Broken("metric math was changed by hand", "alarm-as-deployed", MATH, math_changed),
    Broken("a composite's rule was changed by hand", "alarm-as-deployed", PAGES, rule_changed),
    Broken("an alarm has no data", "alarm-fed", "api-cpu-critical", alarm_starving),
    Broken("Container Insights is off", "alarm-sees", "parcel-staging", insights_off),
    Broken("Container Insights is not enhanced", "alarm-sees", "parcel-staging", insights_not_enhanced),
    Broken("Database Insights is off", "alarm-sees", "parcel-staging-orders", database_insights_off),
)

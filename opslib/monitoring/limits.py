"""AWS's limits, held against the model before anything is deployed.

Sources: CloudWatch's service quotas and the API references of PutMetricAlarm, PutCompositeAlarm and PutDashboard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from opslib.errors import BadRequest
from opslib.monitoring.alarm import Alarm, CompositeAlarm
from opslib.monitoring.dashboard import Dashboard
from opslib.monitoring.evaluate import check
from opslib.monitoring.metric import Expression
from opslib.monitoring.widget import Graph

__all__ = ["problems"]

NAME_CHARACTERS = 255
DESCRIPTION_CHARACTERS = 1024
METRICS_PER_ALARM = 10
DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS
HOUR_SECONDS = 3_600
SHORT_PERIODS_SECONDS = frozenset({10, 20, 30})
RULE_CHARACTERS = 10_240
CHILDREN_PER_COMPOSITE = 100
COMPOSITES_PER_CHILD = 150
WIDGETS_PER_DASHBOARD = 500
METRICS_PER_WIDGET = 500
METRICS_PER_DASHBOARD = 2_500


def problems(
    *,
    alarms: Iterable[Alarm] = (),
    composites: Iterable[CompositeAlarm] = (),
    dashboards: Iterable[Dashboard] = (),
) -> tuple[str, ...]:
    """Everything that AWS would refuse, one clear line each; empty where it would take all."""
    alarms, composites = tuple(alarms), tuple(composites)
    return (
        *_duplicates(alarms, composites),
        *(line for alarm in alarms for line in _alarm(alarm)),
        *_composites(alarms, composites),
        *(line for dashboard in dashboards for line in _dashboard(dashboard)),
    )


def _duplicates(alarms: tuple[Alarm, ...], composites: tuple[CompositeAlarm, ...]) -> Iterator[str]:
    both: tuple[Alarm | CompositeAlarm, ...] = (*alarms, *composites)
    names = Counter(alarm.name for alarm in both)
    for name, count in names.items():
        if count > 1:
            yield f"alarm {name}: {count} alarms have this name, and the last would overwrite the others"


def _alarm(alarm: Alarm) -> Iterator[str]:
    period, periods = alarm.series.period_seconds, alarm.evaluation_periods
    yield from _texts(alarm)
    if alarm.metric_count > METRICS_PER_ALARM:
        yield f"alarm {alarm.name}: {alarm.metric_count} metrics, AWS takes {METRICS_PER_ALARM}"
    if alarm.math and len({metric.period_seconds for _, metric in alarm.math.inputs}) > 1:
        yield f"alarm {alarm.name}: its metrics have several periods, AWS takes one"
    if alarm.math:
        yield from _math(alarm.name, alarm.math)
    if not 1 <= alarm.datapoints_to_alarm <= periods:
        yield f"alarm {alarm.name}: {alarm.datapoints_to_alarm} of {periods} datapoints cannot be"
    if period not in SHORT_PERIODS_SECONDS and (period <= 0 or period % 60):
        yield f"alarm {alarm.name}: a period of {period} s is none of 10, 20, 30 or a multiple of 60"
    longest = WEEK_SECONDS if period >= HOUR_SECONDS else DAY_SECONDS
    if period * periods > longest:
        yield f"alarm {alarm.name}: {periods} x {period} s is {period * periods} s, AWS takes {longest}"


def _math(name: str, math: Expression) -> Iterator[str]:
    try:
        check(math.expression, (key for key, _ in math.inputs))
    except BadRequest as wrong:
        yield f"alarm {name}: {wrong}"


def _composites(alarms: tuple[Alarm, ...], composites: tuple[CompositeAlarm, ...]) -> Iterator[str]:
    known = {alarm.name for alarm in alarms} | {composite.name for composite in composites}
    parents = Counter(child for composite in composites for child in composite.children)
    for composite in composites:
        yield from _texts(composite)
        if not composite.children:
            yield f"composite {composite.name}: its rule names no alarm"
        if len(composite.children) > CHILDREN_PER_COMPOSITE:
            yield f"composite {composite.name}: {len(composite.children)} children, AWS takes {CHILDREN_PER_COMPOSITE}"
        if len(composite.expression) > RULE_CHARACTERS:
            yield f"composite {composite.name}: a rule of {len(composite.expression)}, AWS takes {RULE_CHARACTERS}"
        for child in composite.children:
            if child not in known:
                yield f"composite {composite.name}: there is no alarm {child}"
    for child, count in parents.items():
        if count > COMPOSITES_PER_CHILD:
            yield f"alarm {child}: a child of {count} composites, AWS takes {COMPOSITES_PER_CHILD}"


def _texts(alarm: Alarm | CompositeAlarm) -> Iterator[str]:
    if not 1 <= len(alarm.name) <= NAME_CHARACTERS:
        yield f"alarm {alarm.name}: a name of {len(alarm.name)} characters, AWS takes {NAME_CHARACTERS}"
    if len(alarm.description) > DESCRIPTION_CHARACTERS:
        yield (
            f"alarm {alarm.name}: a description of {len(alarm.description)} characters, "
            f"AWS takes {DESCRIPTION_CHARACTERS}"
        )


def _dashboard(dashboard: Dashboard) -> Iterator[str]:
    if not 1 <= len(dashboard.name) <= NAME_CHARACTERS:
        yield f"dashboard {dashboard.name}: a name of {len(dashboard.name)} characters, AWS takes {NAME_CHARACTERS}"
    if len(dashboard.widgets) > WIDGETS_PER_DASHBOARD:
        yield f"dashboard {dashboard.name}: {len(dashboard.widgets)} widgets, AWS takes {WIDGETS_PER_DASHBOARD}"
    if dashboard.metric_count > METRICS_PER_DASHBOARD:
        yield f"dashboard {dashboard.name}: {dashboard.metric_count} metrics, AWS takes {METRICS_PER_DASHBOARD}"
    for widget in dashboard.widgets:
        if isinstance(widget, Graph) and widget.metric_count > METRICS_PER_WIDGET:
            yield (
                f"dashboard {dashboard.name}, {widget.title}: {widget.metric_count} metrics, "
                f"AWS takes {METRICS_PER_WIDGET}"
            )

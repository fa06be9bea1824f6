"""What opslib does by itself in a stack: functions, the rules that call them, and the state machine that goes back.

Nobody waits for it as a user waits for a page, so that what fails of it warns. It pages where people have left acting
to it (`acts`): what it leaves undone then, nobody does. What tells people is a `delivery` path, whose alarms take
another way than its own.
"""

from __future__ import annotations

from infra.kinds.own_functions import (
    FAILED_QUEUES,
    FUNCTION_FAILING,
    FUNCTION_METRICS,
    FUNCTION_WIDGETS,
    FUNCTIONS,
    given_up,
)
from infra.kinds.settings import Identifier, Instances, Switch
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MathRow, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Role

_RULE = {"RuleName": "rule"}
_MACHINE = {"StateMachineArn": "state_machine"}
_QUEUE = r"[A-Za-z0-9_-]{1,80}(\.fifo)?"
_FIVE_MINUTES, _HOUR = 300, 3600

KIND = Kind(
    name="automation",
    section="automations",
    title="What opslib does by itself",
    undisturbed=True,
    settings=(
        FUNCTIONS,
        Identifier(
            name="hourly_function",
            means="name of the one of them that is called at least hourly",
            pattern=r"[A-Za-z0-9_-]{1,64}",
            required=False,
        ),
        Instances(name="rule", plural="rules", means="names of rules", pattern=r"[A-Za-z0-9_.-]{1,64}"),
        Instances(
            name="state_machine",
            plural="stateMachines",
            means="ARNs of state machines",
            pattern=r"arn:[^:]+:states:[^:]+:[0-9]{12}:stateMachine:[!-~]{1,80}",
        ),
        FAILED_QUEUES,
        Identifier(
            name="unheard_queue",
            means="name of the queue of events that have started nothing",
            pattern=_QUEUE,
            required=False,
        ),
        Switch(name="acts", means="whether it acts where people would: what it leaves undone pages"),
    ),
    metrics={
        **FUNCTION_METRICS,
        "called": MetricRow("AWS/Lambda", "Invocations", {"FunctionName": "hourly_function"}, "Sum", "Calls"),
        "rule_failed": MetricRow("AWS/Events", "FailedInvocations", _RULE, "Sum", "Targets not reached"),
        "failed": MetricRow("AWS/States", "ExecutionsFailed", _MACHINE, "Sum", "Failed"),
        "timed_out": MetricRow("AWS/States", "ExecutionsTimedOut", _MACHINE, "Sum", "Timed out"),
        "undone": MathRow("FILL(failed, 0) + FILL(timed_out, 0)", ("failed", "timed_out"), "Failed or timed out"),
        "unheard": MetricRow(
            "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "unheard_queue"}, "Maximum", "Not begun"
        ),
    },
    alarms=(
        FUNCTION_FAILING,
        given_up("A function has given up on an event", why="it was tried three times, and is kept for fourteen days"),
        AlarmRow(
            "rule-failed",
            "A rule does not reach its target",
            "rule_failed",
            Band(warning=0),
            why="what it should have called was not: the target's policy is the usual reason",
            points=(1, 1),
            period_seconds=_FIVE_MINUTES,
            only_with="rule",
            each="rule",
        ),
        AlarmRow(
            "execution-failed",
            "An execution fails, or runs out of time",
            "undone",
            Band(warning=0),
            why="it only decides and proposes: one that fails could not call opslib, and proposed nothing",
            points=(1, 1),
            period_seconds=_HOUR,
            only_with="state_machine",
            unless="acts",
            each="state_machine",
        ),
        AlarmRow(
            "not-done",
            "What was begun is not done",
            "undone",
            Band(critical=0),
            why="refused, undone, or opslib could not be called; an hour, lest it ends while somebody gets up",
            points=(1, 1),
            period_seconds=_HOUR,
            role=Role.SYMPTOM,
            pages="helpless",
            only_with="acts",
            each="state_machine",
        ),
        AlarmRow(
            "not-begun",
            "What should have begun has not",
            "unheard",
            Band(critical=0),
            why="EventBridge has tried for a quarter of an hour to start it, for an alarm that still may ring",
            points=(1, 1),
            period_seconds=_FIVE_MINUTES,
            role=Role.SYMPTOM,
            pages="helpless",
            only_with="unheard_queue",
        ),
        silence(
            "It is no longer called every hour",
            "called",
            why="its rule calls it hourly; two hours without are a rule that is off, or a function that is gone",
            pages=None,
            minutes=120,
            point_minutes=30,
            only_with="hourly_function",
        ),
    ),
    composites=(
        CompositeRow(
            "helpless",
            "What acts by itself does not",
            "critical",
            why="people have left it to opslib: whatever rings now waits for one of them",
        ),
    ),
    widgets=(
        WidgetRow("calls", ("called",), "calls/min", summary=True, only_with="hourly_function"),
        *FUNCTION_WIDGETS,
        WidgetRow("targets not reached", ("rule_failed",), "events/5 min", only_with="rule", each="rule"),
        WidgetRow(
            "executions that end badly", ("undone",), "executions/h", only_with="state_machine", each="state_machine"
        ),
        WidgetRow("not begun", ("unheard",), "events", only_with="unheard_queue"),
    ),
)
"""What is watched on what opslib does by itself."""

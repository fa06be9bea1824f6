"""An SQS queue: how long its oldest message waits, and what ends in its dead-letter queue.

AWS also recommends alarms on how many messages are visible and how many are sent. How many wait says nothing without
how fast they are taken, which the age of the oldest says; a producer that sends nothing is seen at the producer.
"""

from __future__ import annotations

from infra.kinds.settings import Identifier
from infra.kinds.table import AlarmRow, CompositeRow, Kind, MetricRow, WidgetRow, silence
from opslib.monitoring import Band, Role

_QUEUE = {"QueueName": "queue"}
_DEAD = {"QueueName": "dead_letter_queue"}
_NAME = r"[A-Za-z0-9_-]{1,80}(\.fifo)?"

KIND = Kind(
    name="queue",
    section="queues",
    title="Queue",
    settings=(
        Identifier(name="queue", means="its name", pattern=_NAME),
        Identifier(name="dead_letter_queue", means="the name of its dead-letter queue", pattern=_NAME, required=False),
    ),
    metrics={
        "age": MetricRow("AWS/SQS", "ApproximateAgeOfOldestMessage", _QUEUE, "Maximum", "Oldest message"),
        "visible": MetricRow("AWS/SQS", "ApproximateNumberOfMessagesVisible", _QUEUE, "Average", "Waiting"),
        "in_flight": MetricRow("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", _QUEUE, "Average", "In flight"),
        "sent": MetricRow("AWS/SQS", "NumberOfMessagesSent", _QUEUE, "Sum", "Sent"),
        "deleted": MetricRow("AWS/SQS", "NumberOfMessagesDeleted", _QUEUE, "Sum", "Done"),
        "dead": MetricRow("AWS/SQS", "ApproximateNumberOfMessagesVisible", _DEAD, "Maximum", "Dead letters"),
    },
    alarms=(
        AlarmRow(
            "age",
            "Messages wait too long",
            "age",
            "queueAgeSeconds",
            why="the equivalent of a queue's response time; a restart of its workers is over in five minutes",
            points=(5, 5),
            role=Role.SYMPTOM,
            pages="stuck",
        ),
        AlarmRow(
            "in-flight",
            "Too many messages are in flight",
            "in_flight",
            Band(warning=100_000),
            why="SQS refuses to hand out more than 120,000 of a standard queue",
            points=(5, 5),
        ),
        AlarmRow(
            "dead-letters",
            "Messages are given up",
            "dead",
            Band(warning=0),
            why="each has failed as often as it may; it stays until somebody looks, or until it expires",
            points=(1, 1),
            period_seconds=300,
            only_with="dead_letter_queue",
        ),
        silence(
            "No metric arrives: the queue is gone, or asleep",
            "visible",
            why="SQS publishes for six hours after the last call; a queue that nobody polls any more goes silent",
            pages="stuck",
            minutes=60,
        ),
    ),
    composites=(
        CompositeRow("stuck", "The queue is stuck", "critical", why="what was promised to be done later is not done"),
    ),
    widgets=(
        WidgetRow("oldest message", ("age",), "s", summary=True),
        WidgetRow("waiting", ("visible",), "messages", summary=True),
        WidgetRow("in flight", ("in_flight",), "messages"),
        WidgetRow("sent and done", ("sent", "deleted"), "messages/min", boards=("cost",)),
        WidgetRow("dead letters", ("dead",), "messages", only_with="dead_letter_queue"),
    ),
)
"""What is watched on a queue."""

"""The stack's own functions, what they failed on, and windows that nobody mutes."""

from __future__ import annotations

from datetime import timedelta

from tests.operate.doctor.breaking.means import Broken, changed
from tests.operate.doctor.product import Product

__all__ = ["BROKEN"]


def recorder_deleted(p: Product) -> None:
    assert p.outputs.recorder is not None
    p.aws("lambda").delete_function(FunctionName=p.outputs.recorder.function)


def machine_deleted(p: Product) -> None:
    assert p.outputs.auto_rollback is not None
    p.aws("stepfunctions").delete_state_machine(stateMachineArn=p.outputs.auto_rollback.state_machine)
    p.sandbox.clock.advance(60)


def event_failed(p: Product) -> None:
    assert p.outputs.recorder is not None
    url = p.aws("sqs").get_queue_url(QueueName=f"{p.outputs.recorder.function}-failed")["QueueUrl"]
    p.aws("sqs").send_message(QueueUrl=url, MessageBody="{}")


def queue_deleted(p: Product) -> None:
    assert p.outputs.recorder is not None
    url = p.aws("sqs").get_queue_url(QueueName=f"{p.outputs.recorder.function}-failed")["QueueUrl"]
    p.aws("sqs").delete_queue(QueueUrl=url)


def windows_run_out(p: Product) -> Product:
    """The program ran last when this window was far ahead."""
    assert p.outputs.maintenance is not None
    soon = p.sandbox.clock.now() + timedelta(days=3)
    return changed(p, maintenance=p.outputs.maintenance.model_copy(update={"muted_until": soon}))


BROKEN = (
    Broken("the recorder was deleted", "function-runs", "parcel-staging-recorder", recorder_deleted),
    Broken("the state machine was deleted", "machine-there", "parcel-staging-auto-rollback", machine_deleted),
    Broken("an event failed", "events-done", "parcel-staging-recorder-failed", event_failed),
    Broken("a dead-letter queue was deleted", "events-done", "parcel-staging-recorder-failed", queue_deleted),
    Broken("the next window is muted by nobody", "windows-muted", "maintenance", windows_run_out),
)

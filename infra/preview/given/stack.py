"""The model of a stack's file: no engine, no AWS, no secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from infra.config import StackConfig, read_stack_file
from infra.kinds.stack import ALARM
from infra.model import Monitoring, monitoring
from infra.preview.document import MutePart
from infra.preview.given.model import Model, Terms, in_words
from infra.preview.given.placeholders import shown
from infra.sections.bill import Bill
from opslib.contract import describe
from opslib.errors import BadRequest
from opslib.monitoring import Ref
from opslib.monitoring.bill import US_EAST_1, Estimates

__all__ = ["model_of", "model_of_file", "terms_of_file"]

_UNKNOWN_REGION = "the file names no aws:region, so that us-east-1 stands for it"
_MINUTES_A_MONTH = 30 * 24 * 60


def model_of_file(path: Path) -> Model:
    """The model of a stack's file.

    Args:
        path: `Pulumi.NAME.yaml`.

    Raises:
        BadRequest: The file cannot be read, or says something that is wrong.
    """
    written = read_stack_file(path)
    provider = read_stack_file(path, namespace="aws")
    account, region = _account(provider), str(provider.get("region") or "")
    config, placeholders = shown(written, source=path.name, account=account, region=region or US_EAST_1.region)
    if account and region:
        config.refuse_elsewhere(path.name, account=account, region=region)
    try:
        made = monitoring(config, region=region or US_EAST_1.region)
    except BadRequest as problem:
        raise BadRequest(f"{path.name}: {problem.what}", problem.next_step) from None
    found = model_of(
        made, source=path.name, region=region or US_EAST_1.region, topics=config.prefix, terms=_terms_of(config)
    )
    return replace(found, placeholders=placeholders, notes=(*found.notes, *(() if region else (_UNKNOWN_REGION,))))


def model_of(made: Monitoring, *, source: str, region: str, topics: str = "", terms: Terms | None = None) -> Model:
    """The program's own model, as the report takes it.

    Args:
        made: The model.
        source: What it was made of, for people.
        region: Where the stack is.
        topics: What the topics' names start with.
        terms: Of the bill.
    """
    watched = made.everything
    return Model(
        source=source,
        region=region,
        alarms=(*made.stack_alarms, *(alarm for workload in watched for alarm in workload.alarms)),
        composites=(*made.of_stack, *(one for workload in watched for one in workload.composites)),
        dashboards=made.dashboards,
        problems=made.problems(),
        bind=_bind(made.identifiers),
        topics=topics,
        terms=terms or Terms(),
        mutes=tuple(
            MutePart(
                name=one.name,
                expression=one.expression,
                duration=one.duration,
                zone=one.zone,
                alarms=one.alarms,
                says=one.says,
            )
            for one in made.mutes
        ),
        notes=made.concerns,
    )


def _terms_of(config: StackConfig) -> Terms:
    """What a stack's configuration says about its bill.

    Raises:
        BadRequest: It names a workload that there is not.
    """
    bill, workloads = config.bill, config.workloads()
    for name in (*bill.log_gb, *bill.custom_metrics):
        if name not in workloads:
            raise BadRequest(f"bill: there is no workload {name}", f"name one of {', '.join(workloads) or 'none'}")
    runs = {key: _MINUTES_A_MONTH // canary.every_minutes for key, canary in config.canaries.items() if canary.urls}
    return _terms(bill, len({service.cluster for service in config.services.values()}), runs)


def terms_of_file(path: Path) -> tuple[str, Terms]:
    """Of a user's own program: the region and the bill's terms that its stack's file says, where it does.

    Args:
        path: `Pulumi.NAME.yaml`.

    Raises:
        BadRequest: The file cannot be read, or its `opslib:bill` is wrong.
    """
    region = str(read_stack_file(path, namespace="aws").get("region") or "")
    try:
        bill = Bill.model_validate(read_stack_file(path).get("bill") or {})
    except ValidationError as problem:
        raise BadRequest(f"{path.name}: bill: {describe(problem)}") from None
    return region, _terms(bill)


def _terms(bill: Bill, clusters: int = 1, canary_runs: Mapping[str, int] | None = None) -> Terms:
    return Terms(
        limit_usd=None if bill.limit_usd is None else Decimal(str(bill.limit_usd)),
        with_free_tier=bill.free_tier,
        estimates=Estimates(
            clusters=max(clusters, 1),
            log_gb={key: Decimal(str(gigabytes)) for key, gigabytes in bill.log_gb.items()},
            custom_metrics=dict(bill.custom_metrics),
            canary_runs=canary_runs or {},
        ),
    )


def _account(provider: Mapping[str, Any]) -> str:
    accounts = provider.get("allowedAccountIds")
    return str(accounts[0]) if isinstance(accounts, list) and len(accounts) == 1 else ""


def _bind(identifiers: Mapping[str, Mapping[str, str]]) -> Callable[[Ref], str]:
    def bind(ref: Ref) -> str:
        if ref.workload == ALARM:
            return ref.field
        return identifiers.get(ref.workload, {}).get(ref.field) or in_words(ref)

    return bind

"""Everything that a stack's file may say under its namespace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, create_model, field_validator, model_validator
from pydantic.alias_generators import to_snake

from infra import names
from infra.config.consistency import inconsistencies, not_ours, unguarded, unread, unshared
from infra.config.made import made, not_an_account, vault_name
from infra.config.places import elsewhere, misplaced
from infra.config.references import UNRESOLVED, Lookup, Reference, refuse, resolved
from infra.config.together import not_together, together
from infra.kinds import KINDS
from infra.kinds.counted import rule_identifiers
from infra.kinds.emitting import ENVIRONMENT
from infra.kinds.settings import Identifier
from infra.kinds.watch import Subject
from infra.profiles import PROFILES, bands
from infra.sections.account import Account
from infra.sections.alerting import Alerting, named_secrets
from infra.sections.backups import Backups
from infra.sections.bill import Bill
from infra.sections.budget import Budget
from infra.sections.evidence import Evidence
from infra.sections.guard import AutoRollback
from infra.sections.logs import Logs
from infra.sections.maintenance import Maintenance
from infra.sections.roles import Approval, Roles
from infra.workloads import TABLED, Cache, Canary, Database, Function, HealthCheck, Key, LoadBalancer, Service, Workload
from infra.written import Thresholds, Written, check_profile, check_thresholds
from opslib.contract import Severity, describe
from opslib.errors import BadRequest
from opslib.monitoring import Band

__all__ = ["NAMESPACE", "TIERS", "StackConfig"]

NAMESPACE = "opslib"
"""The configuration namespace: the project's name in Pulumi.yaml."""

TIERS: tuple[Severity, ...] = ("info", "warning", "critical", "emergency")
"""The alert tiers, in rising order."""


def _number(value: Any) -> Any:
    """Pulumi hands numbers at the top level on as text."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


if TYPE_CHECKING:
    _Sections = Written
else:
    # A kind that is only a table has a section as soon as it is in the registry.
    _Sections = create_model(
        "_Sections",
        __base__=Written,
        **{to_snake(section): (dict[Key, made], Field(default_factory=dict)) for section, made in TABLED.items()},
    )


class StackConfig(_Sections):
    """Everything that a stack's file may say under its namespace.

    Attributes:
        product: The product; part of every name.
        environment: The environment; part of every name.
        profile: The thresholds that workloads start from.
        thresholds: Bands that differ from the profile's, in the whole stack.
        protect: Whether Pulumi refuses to delete what cannot be made again (keys, topics, the journal).
        mirror: Whether the outputs are also written to SSM Parameter Store.
        runbooks: The address or path under which the pages of docs/runbooks stand; every alarm leads there.
        dashboard_parts: Into how many dashboards one that is too full is split; none: into as many as it needs.
        saved_queries: Whether queries are saved in Logs Insights.
        recorder: Whether every deployment is written down, whoever deployed; it needs `mirror` and a service.
    """

    product: Key
    environment: Annotated[Key, Field(max_length=16)]
    profile: str = "baseline"
    thresholds: dict[str, Thresholds] = Field(default_factory=dict)
    protect: bool = False
    mirror: bool = True
    runbooks: Annotated[str, Field(pattern=r"^[\x21-\x7e]*$", max_length=200)] = "docs/runbooks"
    dashboard_parts: Annotated[Literal[1, 16, 256] | None, BeforeValidator(_number)] = None
    saved_queries: bool = False
    services: dict[Key, Service] = Field(default_factory=dict)
    load_balancers: dict[Key, LoadBalancer] = Field(default_factory=dict)
    databases: dict[Key, Database] = Field(default_factory=dict)
    caches: dict[Key, Cache] = Field(default_factory=dict)
    functions: dict[Key, Function] = Field(default_factory=dict)
    health_checks: dict[Key, HealthCheck] = Field(default_factory=dict)
    canaries: dict[Key, Canary] = Field(default_factory=dict)
    alerting: Alerting = Alerting()
    maintenance: Maintenance = Maintenance()
    recorder: bool = True
    auto_rollback: AutoRollback = AutoRollback()
    roles: Roles = Roles()
    approval: Approval = Approval()
    budget: Budget | None = None
    logs: Logs = Logs()
    backups: Backups | None = None
    evidence: Evidence | None = None
    account: Account | None = None
    bill: Bill = Bill()
    tags: dict[str, str] = Field(default_factory=dict)
    _home: str = ""

    _thresholds = field_validator("thresholds")(check_thresholds)
    _profile = field_validator("profile")(check_profile)

    @property
    def prefix(self) -> str:
        """What every name in AWS starts with."""
        return names.prefix(self.product, self.environment)

    @property
    def all_tags(self) -> dict[str, str]:
        """The tags of everything that takes tags."""
        return names.tags(self.product, self.environment, self.tags)

    @property
    def records(self) -> bool:
        """Whether there is the recorder: there is something to record, and a place where it reads what."""
        return bool(self.recorder and self.mirror and self.services)

    @classmethod
    def known_keys(cls) -> frozenset[str]:
        """The keys that a person may write."""
        return frozenset(str(field.alias) for field in cls.model_fields.values())

    def section(self, name: str) -> Mapping[str, Workload]:
        """The workloads of a section, such as `loadBalancers`, by their keys."""
        written: Mapping[str, Workload] = getattr(self, to_snake(name))
        return {**self._made.get(name, {}), **written}

    @cached_property
    def _made(self) -> dict[str, Mapping[str, Workload]]:
        rollback = self.auto_rollback.mode
        return made(self.prefix, self.backups, self.account, records=self.records, rollback=rollback)

    @cached_property
    def _workloads(self) -> dict[str, Workload]:
        return {key: workload for kind in KINDS.values() for key, workload in self.section(kind.section).items()}

    @cached_property
    def _standbys(self) -> frozenset[str | None]:
        return frozenset(service.standby for service in self.services.values())

    def workloads(self) -> dict[str, Workload]:
        """Every workload by its key."""
        return dict(self._workloads)

    def secret_names(self) -> tuple[str, ...]:
        """The secret keys that the configuration names, each once, in order."""
        return self.alerting.secret_names()

    def pages(self, key: str) -> bool:
        """Whether a workload may wake somebody: a standby serves nobody until it is needed."""
        return key not in self._standbys

    @cached_property
    def _together(self) -> dict[str, str]:
        return together(self.alerting.together, self.services, self.load_balancers, self.databases, self.canaries)

    def together(self, key: str) -> str:
        """The key of the outage that pages for a workload and what fails with it; empty: it pages for itself."""
        return self._together.get(key, "")

    def at(self, region: str) -> Self:
        """The same of a stack that is in this region: what is watched there is watched at home."""
        found = self.model_copy()
        found._home = region  # noqa: SLF001  of its own class
        return found

    def region(self, key: str) -> str | None:
        """Where a workload's metrics are; None: where the stack is."""
        workload = self._workloads[key]
        region = KINDS[workload.kind].region or workload.region
        return None if region == self._home else region

    def vault_name(self) -> str:
        """The name of the stack's vault of backups, and of the one with its copies in another region."""
        return vault_name(self.prefix)

    def log_group(self, key: str) -> str:
        """The name of the log group that a workload writes to; empty where none is known."""
        return self._workloads[key].identifiers().get("log_group", "")

    def other_regions(self) -> tuple[str, ...]:
        """The regions besides the stack's own in which workloads are watched, sorted."""
        return tuple(sorted({region for key in self._workloads if (region := self.region(key)) is not None}))

    def backup_windows(self) -> dict[str, str]:
        """The daily backup window of each database that says one, by where it is written."""
        return {
            f"databases.{key}.backupWindow": database.backup_window
            for key, database in self.databases.items()
            if database.backup_window is not None
        }

    def overrides(self, key: str) -> dict[str, Band]:
        """The bands that are not a workload's profile's: what it adjusts, the stack's, and over them its own."""
        workload = self._workloads[key]
        written = {**self.thresholds, **workload.thresholds}
        adjusted = workload.adjusted(PROFILES[workload.profile or self.profile])
        return {**adjusted, **{quantity: thresholds.band() for quantity, thresholds in written.items()}}

    def elsewhere(self, *, account: str, region: str) -> str | None:
        """The first ARN that is of another account or region than its workload, as a clause; None where there is none.

        A stack file is begun as a copy of another's: what was not replaced would watch, and later roll back, the other.
        """
        regions = {
            f"{KINDS[workload.kind].section}.{key}": elsewhere_of
            for key, workload in self._workloads.items()
            if (elsewhere_of := self.region(key)) is not None
        }
        written = self.model_dump(by_alias=True)
        found = chain(
            elsewhere(written, regions, account=account, region=region), misplaced(self.backups, self.account, region)
        )
        return next(found, None)

    def refuse_elsewhere(self, source: str, *, account: str, region: str) -> None:
        """Refuse a configuration that names what is of another account or region.

        Raises:
            BadRequest: it does.
        """
        found = self.elsewhere(account=account, region=region)
        if found:
            raise BadRequest(f"{source}: {found}", "put this stack's own there")

    def subject(self, key: str) -> Subject:
        """A workload as its kind's table sees it, with the thresholds that hold for it."""
        workload = self._workloads[key]
        return Subject(
            key=key,
            prefix=self.prefix,
            bands=bands(workload.profile or self.profile, self.overrides(key)),
            traits=workload.traits(),
            instances=workload.instances(),
            numbers=workload.numbers(),
            pages=self.pages(key),
            together=self.together(key),
            region=self.region(key),
            group=workload.group or "",
            runbooks=self.runbooks,
        )

    def identifiers(self, key: str) -> dict[str, str]:
        """What the dimensions of a workload's metrics are set to; a service's target group stands at its balancer."""
        workload = self._workloads[key]
        found = dict(workload.identifiers())
        found = {**rule_identifiers(KINDS[workload.kind], self.subject(key)), **found}
        if any(isinstance(s, Identifier) and s.name == ENVIRONMENT for s in KINDS[workload.kind].settings):
            found.setdefault(ENVIRONMENT, self.prefix)
        if isinstance(workload, Service) and workload.load_balancer:
            balancer = self.load_balancers[workload.load_balancer]
            found["load_balancer"] = balancer.dimension
            for name in ("target_group", "alternate_target_group"):
                if group := getattr(workload, name):
                    found[name] = balancer.target_groups[group].dimension
        return found

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        sections = {kind.section: self.section(kind.section) for kind in KINDS.values()}
        regions = {key: self.region(key) for key in self._workloads}
        apart = not_together(self.alerting.together or {}, self._workloads, regions)
        groups = {key: group for key in self._workloads if (group := self.log_group(key))}
        problem = next(
            chain(
                inconsistencies(sections, self.services, self.load_balancers),
                apart,
                unread(summary=self.alerting.summary is not None, mirror=self.mirror),
                not_ours(self.logs.ours, groups, regions),
                unguarded(
                    self.auto_rollback.mode, self.approval.procedures, mirror=self.mirror, services=self.services
                ),
                unshared(self.evidence, self.roles),
                not_an_account(self.account, self._made, {name: getattr(self, to_snake(name)) for name in sections}),
            ),
            None,
        )
        if problem:
            raise ValueError(problem)
        return self

    @classmethod
    def parse(cls, written: Mapping[str, Any], *, source: str, lookup: Lookup | None = None) -> Self:
        """Validate what a person wrote.

        Args:
            written: The keys of our namespace, without it; structured values as they are or as JSON text.
            source: Where it was written, for the message.
            lookup: Gives the outputs of other stacks; None: such references are refused.

        Raises:
            BadRequest: with one line that names the key and what is wrong with it.
        """
        values = {key: _structured(value) for key, value in written.items()}
        try:
            values = resolved(values, lookup or refuse)
        except BadRequest as problem:
            raise BadRequest(f"{source}: {problem.what}", problem.next_step) from None
        try:
            return cls.model_validate(values)
        except ValidationError as problem:
            for name in named_secrets(values.get("alerting")):
                if name in values:
                    what = f"{source}: {name} stands there in plain text"
                    raise BadRequest(what, f"run `pulumi config set --secret {name}`") from None
            raise BadRequest(f"{source}: {describe(problem)}") from None

    @classmethod
    def refuse_but_for(cls, written: Mapping[str, Any], unresolved: Mapping[str, Reference], *, source: str) -> None:
        """Refuse what is wrong whatever other stacks have exported.

        Args:
            written: What a person wrote.
            unresolved: The references in it, by their paths.
            source: Where it was written, for the message.

        Raises:
            BadRequest: something is wrong.
        """
        try:
            cls.model_validate(resolved(written, lambda _: UNRESOLVED))
        except ValidationError as problem:
            for error in problem.errors():
                where = ".".join(map(str, error["loc"]))
                if error["loc"] and not any(where == path or where.startswith(f"{path}.") for path in unresolved):
                    raise BadRequest(f"{source}: {describe(problem)}") from None


def _structured(value: Any) -> Any:
    """Pulumi hands structured values on as JSON text."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value

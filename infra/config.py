"""The stack's configuration: what a person writes into `Pulumi.NAME.yaml`, validated.

It knows nothing of Pulumi: the program hands it a plain dict. ``python -m infra.config --stack NAME`` checks a stack's
file without the engine, without AWS and without its secrets.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from infra.kinds import KINDS
from infra.kinds.stack import ALARM, STACK
from infra.kinds.watch import Subject
from infra.profiles import PROFILES, bands
from infra.routes import Alerting, Budget, named_secrets
from infra.workloads import Cache, Database, Function, LoadBalancer, Service, Workload
from infra.written import Thresholds, Written, check_profile, check_thresholds
from opslib.contract import Severity, describe
from opslib.errors import BadRequest, OpslibError
from opslib.monitoring import Band

__all__ = ["NAMESPACE", "TIERS", "StackConfig", "read_stack_file"]

NAMESPACE = "opslib"
"""The configuration namespace: the project's name in Pulumi.yaml."""

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]
"""A name of ours that becomes part of names in AWS; the lengths leave room for the rest of the strictest of them."""


class StackConfig(Written):
    """Everything that a stack's file may say under its namespace.

    Attributes:
        product: The product; part of every name.
        environment: The environment; part of every name.
        profile: The thresholds that workloads start from.
        thresholds: Bands that differ from the profile's, in the whole stack.
        protect: Whether Pulumi refuses to delete what cannot be made again (keys, topics, the journal).
        mirror: Whether the outputs are also written to SSM Parameter Store.
    """

    product: Key
    environment: Annotated[Key, Field(max_length=16)]
    profile: str = "baseline"
    thresholds: dict[str, Thresholds] = Field(default_factory=dict)
    protect: bool = False
    mirror: bool = True
    services: dict[Key, Service] = Field(default_factory=dict)
    load_balancers: dict[Key, LoadBalancer] = Field(default_factory=dict)
    databases: dict[Key, Database] = Field(default_factory=dict)
    caches: dict[Key, Cache] = Field(default_factory=dict)
    functions: dict[Key, Function] = Field(default_factory=dict)
    alerting: Alerting = Alerting()
    budget: Budget | None = None
    tags: dict[str, str] = Field(default_factory=dict)

    _thresholds = field_validator("thresholds")(check_thresholds)
    _profile = field_validator("profile")(check_profile)

    @property
    def prefix(self) -> str:
        """What every name in AWS starts with."""
        return f"{self.product}-{self.environment}"

    @classmethod
    def known_keys(cls) -> frozenset[str]:
        """The keys that a person may write."""
        return frozenset(str(field.alias) for field in cls.model_fields.values())

    @cached_property
    def _workloads(self) -> dict[str, Workload]:
        sections: tuple[Mapping[str, Workload], ...] = (
            self.services,
            self.load_balancers,
            self.databases,
            self.caches,
            self.functions,
        )
        return {key: workload for section in sections for key, workload in section.items()}

    @cached_property
    def _standbys(self) -> frozenset[str | None]:
        return frozenset(service.standby for service in self.services.values())

    def workloads(self) -> dict[str, Workload]:
        """Every workload by its key."""
        return dict(self._workloads)

    def secret_names(self) -> tuple[str, ...]:
        """The secret keys that the configuration names, each once, in order."""
        return tuple(dict.fromkeys(r.endpoint_secret for _, r in self.alerting.routes() if r.endpoint_secret))

    def pages(self, key: str) -> bool:
        """Whether a workload may wake somebody: a standby serves nobody until it is needed."""
        return key not in self._standbys

    def overrides(self, key: str) -> dict[str, Band]:
        """The bands that are not a workload's profile's: its autoscaling's, the stack's, and over them its own."""
        workload = self._workloads[key]
        autoscaling = workload.autoscaling if isinstance(workload, Service) else None
        scaled = {} if autoscaling is None else autoscaling.bands(PROFILES[workload.profile or self.profile])
        written = {**self.thresholds, **workload.thresholds}
        return {**scaled, **{quantity: thresholds.band() for quantity, thresholds in written.items()}}

    def elsewhere(self, *, account: str, region: str) -> str | None:
        """The first ARN that is of another account or region than the stack, as a clause; None where all are its own.

        A stack file is begun as a copy of another's: what was not replaced would watch, and later roll back, the other.
        """
        for where, arn in _arns(self.model_dump(by_alias=True)):
            of_region, of_account = arn.split(":")[3:5]
            if of_account != account or of_region != region:
                return f"{where} is in {of_account} {of_region}, and the stack in {account} {region}"
        return None

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
        )

    def identifiers(self, key: str) -> dict[str, str]:
        """What the dimensions of a workload's metrics are set to; a service's target group stands at its balancer."""
        workload = self._workloads[key]
        found = dict(workload.identifiers())
        if isinstance(workload, Service) and workload.load_balancer and workload.target_group:
            balancer = self.load_balancers[workload.load_balancer]
            found["load_balancer"] = balancer.dimension
            found["target_group"] = balancer.target_groups[workload.target_group].dimension
        return found

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problem = next(_inconsistencies(self), None)
        if problem:
            raise ValueError(problem)
        return self

    @classmethod
    def parse(cls, written: Mapping[str, Any], *, source: str) -> Self:
        """Validate what a person wrote.

        Args:
            written: The keys of our namespace, without it; structured values as they are or as JSON text.
            source: Where it was written, for the message.

        Raises:
            BadRequest: with one line that names the key and what is wrong with it.
        """
        values = {key: _structured(value) for key, value in written.items()}
        try:
            return cls.model_validate(values)
        except ValidationError as problem:
            for name in named_secrets(values.get("alerting")):
                if name in values:
                    what = f"{source}: {name} stands there in plain text"
                    raise BadRequest(what, f"run `pulumi config set --secret {name}`") from None
            raise BadRequest(f"{source}: {describe(problem)}") from None


def _structured(value: Any) -> Any:
    """Pulumi hands structured values on as JSON text."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _arns(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every ARN in a configuration, with its path."""
    if isinstance(value, str) and value.startswith("arn:"):
        yield where, value
    elif isinstance(value, Mapping | list | tuple):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _arns(inner, f"{where}.{key}".lstrip("."))


def _inconsistencies(config: StackConfig) -> Iterator[str]:
    """What cannot be said of one workload alone."""
    seen = {STACK: "by the stack itself", ALARM: "by references to alarms"}
    for kind in KINDS.values():
        section = kind.section
        for key in config.model_dump(by_alias=True, include={_field(section)}).get(section, {}):
            if key in seen:
                yield f"{section}.{key}: the name is taken ({seen[key]}); workloads of all kinds share their names"
            seen[key] = f"by {section}.{key}"
    for key, service in config.services.items():
        yield from _service(config, key, service)
    try:
        TopologicalSorter({key: service.depends_on for key, service in config.services.items()}).prepare()
    except CycleError as problem:
        circle = problem.args[1]
        yield f"services.{circle[0]}.dependsOn: the services wait for each other: {' → '.join(reversed(circle))}"


def _service(config: StackConfig, key: str, service: Service) -> Iterator[str]:
    if service.load_balancer is not None:
        balancer = config.load_balancers.get(service.load_balancer)
        if balancer is None:
            yield f"services.{key}.loadBalancer: there is no loadBalancers.{service.load_balancer}"
        elif service.target_group not in balancer.target_groups:
            groups = ", ".join(balancer.target_groups) or "none"
            yield f"services.{key}.targetGroup: {service.load_balancer} has no {service.target_group}, it has {groups}"
    for field, names in (("standby", (service.standby,)), ("dependsOn", service.depends_on)):
        for name in names:
            if name is not None and (name not in config.services or name == key):
                yield f"services.{key}.{field}: there is no other service {name}"
    if service.standby in config.services:
        standby = config.services[service.standby]
        if service.load_balancer and standby.load_balancer != service.load_balancer:
            yield (
                f"services.{key}.standby: {service.standby} has no target group at {service.load_balancer}; "
                "a standby that stands in no rule is never health-checked"
            )
        elif service.target_group and standby.target_group == service.target_group:
            yield f"services.{key}.standby: {service.standby} has the same target group: nothing to switch to"


def _field(section: str) -> str:
    return next(name for name, field in StackConfig.model_fields.items() if field.alias == section)


def read_stack_file(path: Path, *, namespace: str = NAMESPACE) -> dict[str, Any]:
    """The keys of a namespace in a stack's file, without it; secrets are left out.

    Args:
        path: `Pulumi.NAME.yaml`.
        namespace: Ours, or a provider's.

    Raises:
        BadRequest: the file is not there, or is no stack file.
    """
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadRequest(f"there is no {path}", "name a stack that has a file here, such as staging") from None
    except yaml.YAMLError as problem:
        raise BadRequest(f"{path} is not YAML: {' '.join(str(problem).split())}") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise BadRequest(f"{path} cannot be read: {problem}", "name a stack that has a file here") from None
    config = (document or {}).get("config") if isinstance(document, Mapping) or document is None else None
    if not isinstance(config, Mapping):
        raise BadRequest(f"{path} has no `config`", "it is not the file of a stack")
    prefix = f"{namespace}:"
    written = {str(key).removeprefix(prefix): value for key, value in config.items() if str(key).startswith(prefix)}
    known = StackConfig.known_keys()
    for key, value in written.items():
        for where in _secrets(value, key):
            if where != key or key in known:
                raise BadRequest(
                    f"{path.name}: {where} holds a secret, which would reach the state as plain text",
                    "set the secret as a key of its own and name that in endpointSecret",
                )
    return {key: value for key, value in written.items() if not _is_secret(value)}


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _secrets(value: Any, where: str) -> Iterator[str]:
    """The paths of all secrets in a value, itself included."""
    if _is_secret(value):
        yield where
    elif isinstance(value, Mapping | list):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _secrets(inner, f"{where}.{key}")


def check(stack: str, directory: Path) -> str:
    """Check a stack's file and say in a line what it watches.

    Raises:
        BadRequest: it is wrong.
    """
    path = directory / f"Pulumi.{stack}.yaml"
    config = StackConfig.parse(read_stack_file(path), source=path.name)
    provider = read_stack_file(path, namespace="aws")
    region, accounts = provider.get("region"), provider.get("allowedAccountIds")
    if region and isinstance(accounts, list) and len(accounts) == 1:
        config.refuse_elsewhere(path.name, account=str(accounts[0]), region=str(region))
    secrets = config.secret_names()
    needs = f"; secrets it needs: {', '.join(secrets)}" if secrets else ""
    counted = ", ".join(
        f"{len(getattr(config, _field(kind.section)))} {kind.section}"
        for kind in KINDS.values()
        if getattr(config, _field(kind.section))
    )
    return f"{path.name} is valid: {config.prefix} watches {counted or 'nothing'}{needs}"


def main(arguments: list[str] | None = None) -> int:
    """``python -m infra.config --stack NAME``: exit 0 where the file is valid, 2 with one line where it is not."""
    parser = argparse.ArgumentParser(prog="python -m infra.config", description="Check a stack's configuration.")
    parser.add_argument("--stack", required=True, help="the NAME of Pulumi.NAME.yaml")
    parser.add_argument("--dir", type=Path, default=Path(), help="where the file is")
    given = parser.parse_args(arguments)
    try:
        print(check(given.stack, given.dir))  # noqa: T201  this is a command
    except OpslibError as problem:
        print(f"infra.config: {problem}", file=sys.stderr)  # noqa: T201
        return problem.exit_code
    return 0


TIERS: tuple[Severity, ...] = ("info", "warning", "critical", "emergency")
"""The alert tiers, in rising order."""

if __name__ == "__main__":
    sys.exit(main())

"""The interpreter of the table: one class that creates, reads, updates and deletes resources of every row."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from threading import Lock
from typing import Any

from opslib.errors import StandInFailed, StandInRefusal
from opslib.sandbox.provider.aws import Aws
from opslib.sandbox.provider.checking import completed, failures_of, generated_name, set_inputs
from opslib.sandbox.provider.comparing import changed_properties, difference
from opslib.sandbox.provider.invokes import INVOKES
from opslib.sandbox.provider.live import imported, inputs_now
from opslib.sandbox.provider.paths import fill, get_at, parse_identity
from opslib.sandbox.provider.requests import calls_of, create_request, follows_creation
from opslib.sandbox.provider.resource import Resource
from opslib.sandbox.provider.row import Attributes, ResourceType
from opslib.sandbox.provider.rows import RESOURCE_TYPES
from opslib.sandbox.provider.sdk_types import closest, provider_properties
from opslib.sandbox.provider.values import UNKNOWN, Checked, Created, Difference, Read

__all__ = ["StandInProvider"]


class StandInProvider:
    """Takes the place of Pulumi's AWS provider, in front of a sandbox. Safe to use from many threads.

    Property names are Pulumi's, values plain Python; `UNKNOWN` stands for what only an earlier resource will tell.
    Every method that takes a type token raises `StandInRefusal` for a type that the table does not hold.

    Args:
        endpoint_url: The sandbox's address.
        region: The region where neither the configuration nor a resource names another.

    Raises:
        StandInRefusal: The address is AWS's own.
    """

    def __init__(self, *, endpoint_url: str, region: str) -> None:
        self._aws = Aws(endpoint_url)
        self._region = region
        self._default_tags: dict[str, str] = {}
        self._caller: dict[str, str] = {}
        self._locks: defaultdict[tuple[str, str, str], Lock] = defaultdict(Lock)

    @property
    def region(self) -> str:
        """The region where a resource names no other."""
        return self._region

    def configure(self, config: Mapping[str, Any]) -> None:
        """Take the provider's configuration: `region`, `allowedAccountIds`, `forbiddenAccountIds`, `defaultTags`.

        Lists and objects may be JSON text, as the engine sends them. Other keys of the real provider are accepted and
        have no effect: they say how to reach AWS.

        Raises:
            StandInRefusal: A key that the real provider does not know, or the sandbox's account is not allowed.
        """
        given = set_inputs(config)
        for name, reason in self.config_failures(given):
            raise StandInRefusal(f"the provider's configuration: {name} {reason}")
        self._region = str(given.get("region") or self._region)
        self._default_tags = dict(_parsed(given.get("defaultTags"), "defaultTags", dict).get("tags") or {})
        allowed = _parsed(given.get("allowedAccountIds"), "allowedAccountIds", list)
        forbidden = _parsed(given.get("forbiddenAccountIds"), "forbiddenAccountIds", list)
        if allowed or forbidden:
            account = self._identity()["Account"]
            if account in map(str, forbidden) or (allowed and account not in map(str, allowed)):
                raise StandInRefusal(
                    f"the account is {account}, and the provider's configuration allows "
                    f"{', '.join(map(str, allowed)) or 'any but ' + ', '.join(map(str, forbidden))}",
                    "check aws:allowedAccountIds of this stack and the sandbox's account",
                )

    def config_failures(self, config: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The keys of a configuration that the real provider does not know, and why."""
        known = {*provider_properties(), "version", "pluginDownloadURL"}
        return [
            (name, f"is no key of the provider{closest(name, known)}")
            for name in set_inputs(config)
            if name not in known
        ]

    def check(
        self,
        token: str,
        news: Mapping[str, Any],
        olds: Mapping[str, Any] | None = None,
        *,
        logical_name: str = "",
        seed: bytes = b"",
    ) -> Checked:
        """Check inputs and complete them.

        Args:
            token: The type.
            news: What the program gives.
            olds: The inputs of the resource as it is, if it is there.
            logical_name: Pulumi's name of the resource, from which a name in AWS is made where the program gives none.
            seed: What that name's random suffix comes from; at random when empty.
        """
        row = self._row(token)
        given = set_inputs(news)
        name = generated_name(row, given, set_inputs(olds), logical_name, seed)
        inputs = completed(row, {**given, **name}, self._default_tags)
        return Checked(inputs, tuple(failures_of(row, given, inputs, self._aws, self._region)))

    def diff(
        self,
        token: str,
        id: str,  # noqa: A002 - Pulumi's word
        old_inputs: Mapping[str, Any],
        old_outputs: Mapping[str, Any],  # noqa: ARG002 - the engine hands them over; the inputs decide
        news: Mapping[str, Any],
    ) -> Difference:
        """What an update to these inputs would change."""
        row, inputs = self._row(token), set_inputs(news)
        try:
            same_identity = bool(row.identity) and fill(row.identity, self._scope(row, "", {}, inputs)) == id
        except KeyError:  # it has no name yet
            same_identity = False
        return difference(row, set_inputs(old_inputs), inputs, self._region, same_identity=same_identity)

    def create(self, token: str, inputs: Mapping[str, Any]) -> Created:
        """Create a resource from checked inputs.

        Raises:
            StandInRefusal: It is there already.
            StandInFailed: A call failed; `created` tells the id when the resource was created before that.
        """
        row, inputs = self._row(token), set_inputs(inputs)
        scope = self._scope(row, "", {}, inputs)
        scope["id"] = fill(row.identity, scope) if row.identity else None
        resource = Resource(row, scope, self._aws)
        with self._locks[token, resource.region, resource.id]:  # nobody creates it between the look and the call
            if not (row.may_overwrite and inputs.get(row.may_overwrite)):
                resource.refuse_if_there()
            answer = resource.send(create_request(row, inputs, scope, tags=True))
        resource.scope["id"] = scope["id"] or str(get_at(answer, row.identity_at))
        try:
            if row.waits:
                resource.wait(row.waits[0])
            if row.tags and not row.tags.path:
                resource.retag({}, inputs.get("tags", {}))
            for change in row.changes:
                if follows_creation(change, inputs) and (request := calls_of(change, inputs, resource.scope)):
                    resource.send(request)
            for one in row.reconciles:
                if one.at_create:
                    resource.reconcile(one, {}, inputs)
            return Created(resource.id, self._outputs_now(resource, inputs))
        except StandInFailed as error:
            error.created, error.outputs = resource.id, {**inputs}
            raise

    def planned(
        self, token: str, inputs: Mapping[str, Any], old_outputs: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The outputs that a preview shows: what AWS computes stays as it is, or is unknown for a new resource."""
        row, given = self._row(token), set_inputs(inputs)
        computed = {*row.outputs, *(one.name for one in row.fields if one.computed and not one.quiet)}
        computed |= {"region"} if row.regional else set()
        if row.tags:
            given = {**given, "tagsAll": given.get("tags", {})}
        before = {name: (old_outputs or {}).get(name, UNKNOWN) for name in computed}
        return {**before, **({"region": self._region} if row.regional else {}), **given}

    def read(
        self,
        token: str,
        id: str,  # noqa: A002 - Pulumi's word
        inputs: Mapping[str, Any],
        outputs: Mapping[str, Any],
    ) -> Read | None:
        """The resource as it is now, or None when it is gone.

        Args:
            token: The type.
            id: Its identifier.
            inputs: What the program sets; only that is read back. Empty for an import, which reads all.
            outputs: What was known of it.
        """
        row, inputs = self._row(token), set_inputs(inputs)
        resource = Resource(row, self._scope(row, id, outputs, inputs), self._aws)
        live = resource.live()
        if live is None:
            return None
        tags = resource.tags(live)
        now = inputs_now(row, live, inputs, tags) if inputs else imported(row, resource.outputs(live, {}, tags), tags)
        return Read(id, now, resource.outputs(live, now, tags))

    def update(
        self,
        token: str,
        id: str,  # noqa: A002 - Pulumi's word
        old_inputs: Mapping[str, Any],
        old_outputs: Mapping[str, Any],
        news: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Bring the resource to these inputs.

        Returns:
            Its outputs.

        Raises:
            StandInFailed: A call failed, or the resource is gone.
        """
        row, olds, inputs = self._row(token), set_inputs(old_inputs), set_inputs(news)
        resource = Resource(row, self._scope(row, id, old_outputs, inputs), self._aws)
        changed = set(changed_properties(row, olds, inputs, self._region))
        apart = {name for change in row.changes for name in change.asked_by}
        apart |= {one.field.name for one in row.reconciles} | {"tags"}
        sent = {name for name in changed - apart if name in row.named and row.named[name].path}
        if sent and isinstance(row.update, Attributes):
            resource.set_attributes(row.update, sent, inputs)
        elif sent and isinstance(row.update, Mapping):
            request = create_request(row, inputs, resource.scope, tags=False)
            request.parameters.update(row.update)
            resource.send(request)
        for change in row.changes:
            if changed & change.asked_by and (asked := calls_of(change, inputs, resource.scope)):
                if change.wait:
                    resource.wait(change.wait)
                resource.send(asked)
        for one in row.reconciles:
            if one.field.name in changed:
                resource.reconcile(one, olds, inputs)
        if "tags" in changed:
            resource.retag(olds.get("tags", {}), inputs.get("tags", {}))
        return self._outputs_now(resource, inputs)

    def delete(self, token: str, id: str, outputs: Mapping[str, Any]) -> None:  # noqa: A002 - Pulumi's word
        """Delete the resource. One that is gone already is no error.

        Raises:
            StandInFailed: A call failed, and the resource is still there.
        """
        row = self._row(token)
        resource = Resource(row, self._scope(row, id, outputs, {}), self._aws)
        try:
            for one in row.reconciles:
                if one.before_delete:
                    resource.reconcile(one, {one.field.name: resource.still_there(one, outputs)}, {})
            resource.act(row.delete)
            if row.waits:
                resource.wait(row.waits[1])
        except StandInFailed as error:
            if not (row.stays and row.stays in str(error)) and resource.live() is not None:
                raise

    def invoke(self, token: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a function of the provider: `aws:index/getCallerIdentity`, `getRegion`, `getPartition`.

        Raises:
            StandInRefusal: Another function.
        """
        function = INVOKES.get(":".join(token.split(":")[:2]))
        if function is None:
            raise StandInRefusal(
                f"the stand-in provider has no function {token}", f"it has {', '.join(sorted(INVOKES))}"
            )
        return function(self._identity(), str(set_inputs(args).get("region") or self._region))

    def secret_outputs(self, token: str) -> frozenset[str]:
        """The outputs of a type that are secret whatever the program says."""
        return self._row(token).secrets

    def _row(self, token: str) -> ResourceType:
        row = RESOURCE_TYPES.get(token)
        if row is None:
            raise StandInRefusal(
                f"the stand-in provider has no resource type {token}{closest(token, RESOURCE_TYPES)}",
                f"it has {', '.join(sorted(RESOURCE_TYPES))}; a new one is a row in opslib/sandbox/provider/rows",
            )
        return row

    def _identity(self) -> dict[str, str]:
        if not self._caller:
            answer = self._aws.call("sts", self._region, "get_caller_identity", {}, "the account")
            self._caller = {name: answer[name] for name in ("Account", "Arn", "UserId")}
        return self._caller

    def _scope(
        self,
        row: ResourceType,
        id: str,  # noqa: A002 - Pulumi's word
        outputs: Mapping[str, Any],
        inputs: Mapping[str, Any],
    ) -> dict[str, Any]:
        identity = self._identity()
        region = inputs.get("region") or outputs.get("region") or self._region
        return {
            **dict.fromkeys(row.named),
            "accountId": identity["Account"],
            **parse_identity(row.identity, id),
            **{name: value for name, value in outputs.items() if value is not None},
            **inputs,
            "id": id,
            "account_id": identity["Account"],
            "partition": identity["Arn"].split(":")[1],
            "region": region if row.regional else self._region,
            # What S3 wants to be told of every region but the first.
            "location": None if region == "us-east-1" else region,
        }

    @staticmethod
    def _outputs_now(resource: Resource, inputs: Mapping[str, Any]) -> dict[str, Any]:
        live = resource.live()
        if live is None:
            raise StandInFailed(f"{resource} is gone", "run pulumi refresh")
        return resource.outputs(live, inputs, inputs.get("tags", {}))


def _parsed(value: Any, name: str, kind: type) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise StandInRefusal(
                f"the provider's configuration: {name} is neither a value nor JSON: {error}"
            ) from error
    if value is not None and not isinstance(value, kind):
        raise StandInRefusal(f"the provider's configuration: {name} is no {kind.__name__}")
    return value if value is not None else kind()

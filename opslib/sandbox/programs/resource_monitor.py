"""What a Pulumi program talks to when there is no engine: registers resources, and has a provider create them.

The SDK's own mocks answer to the same calls; they keep types, names and inputs, and make URNs that leave ancestors out.
This monitor keeps what decides about a deployment: parents, aliases, dependencies, protection, providers, secrets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NoReturn, Protocol

from google.protobuf import empty_pb2
from pulumi.runtime.proto import resource_pb2

from opslib.errors import DeploymentFailed, OpslibError
from opslib.sandbox.programs.made_up import Place, make_up, make_up_answer
from opslib.sandbox.programs.property_values import Secret, from_struct, holds_secret, revealed, to_struct
from opslib.sandbox.programs.urns import STACK_TOKEN, Alias, aliases_of, make_urn

__all__ = ["Provider", "Resource", "ResourceMonitor"]

_FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
)


class _Failure(Protocol):
    @property
    def reason(self) -> str: ...
    @property
    def property(self) -> str: ...  # last: from here on the name is taken


class _Checked(Protocol):
    @property
    def inputs(self) -> Mapping[str, Any]: ...
    @property
    def failures(self) -> Sequence[_Failure]: ...


class _Created(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def outputs(self) -> Mapping[str, Any]: ...


class Provider(Protocol):
    """What a run asks of a provider of `aws:` resources: that part of `StandInProvider` which creates and answers."""

    def configure(self, config: dict[str, Any]) -> None:
        """Take the stack's configuration under `aws:`, without the prefix."""
        ...

    def check(self, token: str, news: dict[str, Any], *, logical_name: str, seed: bytes) -> _Checked:
        """Validate a resource's inputs and complete them; the seed decides about a made-up name's suffix."""
        ...

    def create(self, token: str, inputs: dict[str, Any]) -> _Created:
        """Create a resource."""
        ...

    def invoke(self, token: str, args: dict[str, Any]) -> Mapping[str, Any]:
        """Answer a function such as `aws:index/getRegion:getRegion`."""
        ...


@dataclass(frozen=True)
class Resource:
    """One resource of a program's run.

    Attributes:
        urn: Its URN, as the engine makes it.
        token: Its type, such as `aws:sns/topic:Topic`.
        name: Its logical name.
        parent_urn: The URN of its parent; the stack's where the program gave none.
        custom: Whether a provider creates it; False for a component.
        inputs: What the program gave, in Pulumi's camelCase names; what is secret is a `Secret`.
        outputs: What the provider answered, or what the component registered.
        id: The provider's identifier; empty for a component.
        aliases: The former URNs under which the engine would find it in a state.
        protect: Whether Pulumi refuses to delete it; None where the program does not say.
        dependencies: The URNs it depends on, sorted.
        property_dependencies: Those URNs for each input.
        provider_urn: The URN of its explicit provider; empty for the default one.
        ignore_changes: The inputs whose changes are ignored.
        retain_on_delete: Whether it stays in AWS when it leaves the program; None where the program does not say.
        delete_before_replace: Whether a replacement deletes first; None where the program does not say.
    """

    urn: str
    token: str
    name: str
    parent_urn: str
    custom: bool
    inputs: dict[str, Any]
    outputs: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    aliases: tuple[str, ...] = ()
    protect: bool | None = None
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    provider_urn: str = ""
    ignore_changes: tuple[str, ...] = ()
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None


class ResourceMonitor:
    """The engine's side of the program's calls, for one run.

    The SDK calls it from the thread of the run only. The names of its methods are those of the gRPC service.

    Attributes:
        resources: What was registered, by URN.
        component_outputs: What components and the stack registered as outputs, by URN.
        failure: The first error of a registration; what depends on it fails too, and less clearly.
    """

    def __init__(
        self,
        *,
        project: str,
        stack: str,
        place: Place,
        provider: Provider | None,
        stack_outputs: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.resources: dict[str, Resource] = {}
        self.component_outputs: dict[str, dict[str, Any]] = {}
        self.failure: Exception | None = None
        self._project = project
        self._stack = stack
        self._place = place
        self._provider = provider
        self._stack_outputs = stack_outputs
        self.stack_urn = make_urn(
            stack=stack, project=project, parent_urn=None, token=STACK_TOKEN, name=f"{project}-{stack}"
        )

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the service's name
        """Register a component or create a resource."""
        if request.type == STACK_TOKEN:
            return resource_pb2.RegisterResourceResponse(urn=self.stack_urn)
        try:
            resource = self._registered(request)
        except Exception as error:
            self.failure = self.failure or error
            raise
        self.resources[resource.urn] = resource
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn, id=resource.id, object=to_struct(resource.outputs)
        )

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        """Keep the outputs of a component or of the stack."""
        self.component_outputs[request.urn] = from_struct(request.outputs)
        return empty_pb2.Empty()

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Look up another stack's outputs; nothing else can be read."""
        if request.type != "pulumi:pulumi:StackReference":
            self._fail(f"the program reads {request.type} {request.id!r}, which only the real engine can")
        outputs = self._stack_outputs.get(request.id)
        if outputs is None:
            self._fail(
                f"the program refers to the stack {request.id!r}, which this run does not know",
                "hand run_program its outputs in stack_outputs",
            )
        secret = [name for name, value in outputs.items() if holds_secret(value)]
        return resource_pb2.ReadResourceResponse(
            urn=self._urn(request),
            properties=to_struct({"name": request.id, "outputs": outputs, "secretOutputNames": secret}),
        )

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        """Call a function of the provider."""
        arguments = revealed(from_struct(request.args))
        try:
            if request.tok == "pulumi:pulumi:getResource":
                found = self.resources[arguments["urn"]]
                answer: Mapping[str, Any] = {"urn": found.urn, "id": found.id, "state": found.outputs}
            elif self._provider is None:
                answer = make_up_answer(request.tok, arguments, self._place)
            else:
                answer = self._provider.invoke(request.tok, arguments)
        except Exception as error:
            clear = _clear(error, f"the program's call of {request.tok} failed")
            self.failure = self.failure or clear
            raise clear from error
        return resource_pb2.ResourceInvokeResponse(**{"return": to_struct(answer)})

    def GetDeploymentInfo(self, _request: Any) -> Any:  # noqa: N802
        """Say what this monitor can."""
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def RegisterResourceHook(self, _request: Any) -> Any:  # noqa: N802
        """Take a hook, which nothing ever calls."""
        return empty_pb2.Empty()

    RegisterErrorHook = RegisterResourceHook

    def SignalAndWaitForShutdown(self, _request: Any) -> Any:  # noqa: N802
        """End at once: nothing is deleted."""
        return empty_pb2.Empty()

    def __getattr__(self, call: str) -> NoReturn:
        if call.startswith("_"):
            raise AttributeError(call)
        self._fail(f"the program uses {call}, which only the real engine has", "run it with the Pulumi CLI")

    def _registered(self, request: Any) -> Resource:
        urn = self._urn(request)
        if urn in self.resources:
            self._fail(f"two resources have the URN {urn}", "give one of them another name")
        if request.transforms:
            self._fail(f"{request.type} {request.name!r} has transforms, which only the real engine runs")
        if request.remote:
            self._fail(f"{request.type} {request.name!r} is a remote component, which only the real engine can make")
        inputs = from_struct(request.object)
        created_id, outputs = self._create(urn, request, inputs) if request.custom else ("", {})
        parent = request.parent or self.stack_urn
        known_parent = self.resources.get(parent)
        return Resource(
            urn=urn,
            token=request.type,
            name=request.name,
            parent_urn=parent,
            custom=request.custom,
            inputs=inputs,
            outputs=outputs,
            id=created_id,
            aliases=aliases_of(
                urn,
                parent_urn=parent,
                aliases=[*map(_alias, request.aliases), *(Alias(urn=former) for former in request.aliasURNs)],
                parent_aliases=known_parent.aliases if known_parent else (),
            ),
            protect=request.protect if request.HasField("protect") else None,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(entry.urns)) for key, entry in sorted(request.propertyDependencies.items())
            },
            provider_urn=request.provider.rpartition("::")[0],
            ignore_changes=tuple(request.ignoreChanges),
            retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        )

    def _create(self, urn: str, request: Any, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        plain = revealed(inputs)
        package = request.type.partition(":")[0]
        if package == "pulumi" or self._provider is None:
            made_up = make_up(urn, plain, self._place)
            created_id, outputs = made_up.id, made_up.outputs
        elif package == "aws":
            created_id, outputs = self._create_in_sandbox(urn, request, plain)
        else:
            self._fail(f"{request.type} {request.name!r} is of the package {package}, and the sandbox serves only aws")
        # As the engine does it: an output is secret when the input of that name is, or when the program says so.
        secret = {key for key, value in inputs.items() if holds_secret(value)} | set(request.additionalSecretOutputs)
        return created_id, {key: Secret(value) if key in secret else value for key, value in outputs.items()}

    def _create_in_sandbox(self, urn: str, request: Any, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        assert self._provider is not None  # noqa: S101 - for the type checker; the caller has looked
        what = f"{request.type} {request.name!r}"
        try:
            seed = sha256(urn.encode()).digest()
            checked = self._provider.check(request.type, inputs, logical_name=request.name, seed=seed)
            if not checked.failures:
                created = self._provider.create(request.type, dict(checked.inputs))
                return created.id, dict(created.outputs)
        except Exception as error:
            raise _clear(error, f"{what} could not be created") from error
        wrong = "; ".join(f"{failure.property}: {failure.reason}" for failure in checked.failures)
        raise DeploymentFailed(f"{what} is not valid: {wrong}", "correct these inputs in the program")

    def _urn(self, request: Any) -> str:
        return make_urn(
            stack=self._stack,
            project=self._project,
            parent_urn=request.parent or None,
            token=request.type,
            name=request.name,
        )

    def _fail(self, what: str, next_step: str = "") -> NoReturn:
        error = DeploymentFailed(what, next_step)
        self.failure = self.failure or error
        raise error


def _clear(error: Exception, doing: str) -> DeploymentFailed:
    """The error with what was being done before it."""
    if isinstance(error, OpslibError):
        return DeploymentFailed(f"{doing}: {error.what}", error.next_step)
    return DeploymentFailed(f"{doing}: {str(error) or type(error).__name__}")


def _alias(alias: Any) -> Alias:
    if alias.WhichOneof("alias") == "urn":
        return Alias(urn=alias.urn)
    spec = alias.spec
    return Alias(
        name=spec.name or None,
        token=spec.type or None,
        parent_urn=spec.parentUrn or None,
        no_parent=spec.noParent,
        project=spec.project or None,
        stack=spec.stack or None,
    )

"""The contract: what the Pulumi program promises to the library.

`infra/exports.py` fills :class:`StackOutputs` and exports it as plain stack outputs, so that the text of
``pulumi stack output --json`` validates straight into it. Whoever has no Pulumi can fill the same document: its JSON
Schema is published in ``docs/contract.schema.json`` (``opslib stack schema`` prints it).

It holds identifiers only, never a secret. Keys are camelCase, as Pulumi's outputs are. Readers accept fields they do
not know, so that a field added to the program never stops a rollback; what changes meaning raises the schema version.
"""

from opslib.contract.description import describe
from opslib.contract.fields import AccountId, Arn, RegionName, Severity
from opslib.contract.outputs import SCHEMA_VERSION, WORKLOAD_SECTIONS, StackInfo, StackOutputs, json_schema
from opslib.contract.safeguards import Approval, AutoRollback, Evidence, Journal, Maintenance, Recorder, Vault
from opslib.contract.watching import Alarm, AlarmSettings, Dashboard, Watching
from opslib.contract.workloads import (
    Cache,
    Container,
    Database,
    Function,
    Listener,
    LoadBalancer,
    ScalableTarget,
    Service,
    TargetGroup,
    Watched,
)

__all__ = [
    "SCHEMA_VERSION",
    "WORKLOAD_SECTIONS",
    "AccountId",
    "Alarm",
    "AlarmSettings",
    "Approval",
    "Arn",
    "AutoRollback",
    "Cache",
    "Container",
    "Dashboard",
    "Database",
    "Evidence",
    "Function",
    "Journal",
    "Listener",
    "LoadBalancer",
    "Maintenance",
    "Recorder",
    "RegionName",
    "ScalableTarget",
    "Service",
    "Severity",
    "StackInfo",
    "StackOutputs",
    "TargetGroup",
    "Vault",
    "Watched",
    "Watching",
    "describe",
    "json_schema",
]

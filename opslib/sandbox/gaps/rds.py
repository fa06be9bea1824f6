"""RDS: moto's instances, clusters and snapshots are there and gone at once; here they take their time.

What they pass through, and what a restore takes over, is `opslib.sandbox.behaviour.databases`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from moto.rds.models import rds_backends

from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.databases import modifying, restoring
from opslib.sandbox.behaviour.databases.serving import AVAILABLE
from opslib.sandbox.behaviour.databases.statuses import (
    Stage,
    cluster_status,
    instance_named,
    pass_through,
    pass_through_cluster,
    require,
    settings_of,
)
from opslib.sandbox.gaps.call import GapCall, Handler

__all__ = ["OPERATIONS"]

# AWS's words, as users report them: cloud-custodian issues 178 and 1687, terraform-provider-aws issue 11905,
# ministryofjustice/cloud-platform-user-guide pull request 1842.
_NOT_AVAILABLE = "Database instance is not in available state."
_NO_REBOOT = "Instance cannot currently reboot due to an in-progress management operation."
_NO_SNAPSHOT = "Cannot create a snapshot because the database instance {} is not currently in the available state."
_GOES_ALREADY = "Instance {} is already being deleted."

_RESOURCE_ID_BYTES = 16
_ARN = "arn:"


def create_db_instance(call: GapCall) -> Mapping[str, Any]:
    """Creating, then backing-up where backups are kept, then available; in a cluster only once that is there."""
    with call.account.schedule.lock:
        if name := call.parameters.get("DBClusterIdentifier"):
            cluster = _backend(call).clusters.get(name)
            if cluster is not None and cluster_status(call.account, call.region, cluster) != AVAILABLE:
                raise AwsError(  # text ours
                    "InvalidDBClusterStateFault", f"The DB cluster {name} is not in the available state."
                )
        answer = call.through()
        return _came(call, answer, "DBInstanceIdentifier", settings_of(call.account).creating_seconds)


def restore_from_snapshot(call: GapCall) -> Mapping[str, Any]:
    """From a snapshot that is there, without what AWS does not take over."""
    with call.account.schedule.lock:
        name = str(call.parameters.get("DBSnapshotIdentifier") or "")
        snapshot = _backend(call).database_snapshots.get(_last(name))
        if snapshot is not None and snapshot.status != AVAILABLE:
            raise AwsError("InvalidDBSnapshotState", f"DB snapshot {name} is not in the available state.")  # text ours
        return _restored(call, call.through(), "DBInstanceIdentifier")


def restore_to_point_in_time(call: GapCall) -> Mapping[str, Any]:
    """To a moment within what is kept, without what AWS does not take over."""
    with call.account.schedule.lock:
        asked = call.parameters
        source = restoring.source_of(call.account, call.region, asked)
        restoring.check_moment(call.account, source, asked)
        named = {**asked, "SourceDBInstanceIdentifier": source.db_instance_identifier}
        return _restored(call, call.through(named), "TargetDBInstanceIdentifier")


def _restored(call: GapCall, answer: dict[str, Any], name: str) -> Mapping[str, Any]:
    database = instance_named(call.account, call.region, call.parameters[name])
    restoring.forget_what_is_not_restored(call.account, call.region, database, call.parameters)
    taken = {"MultiAZ": database.multi_az, "DeletionProtection": database.deletion_protection}
    answer["DBInstance"] |= taken
    answer["DBInstance"]["VpcSecurityGroups"] = [
        {"VpcSecurityGroupId": group, "Status": "active"} for group in database.vpc_security_group_ids
    ]
    return _came(call, answer, name, settings_of(call.account).restoring_seconds)


def create_read_replica(call: GapCall) -> Mapping[str, Any]:
    """Of an instance that is there; it has no backups of its own (AWS, CreateDBInstanceReadReplica)."""
    with call.account.schedule.lock:
        name = call.parameters.get("SourceDBInstanceIdentifier", "")
        if name and not name.startswith(_ARN):
            require(instance_named(call.account, call.region, name), _NOT_AVAILABLE)
        answer = call.through()
        database = instance_named(call.account, call.region, call.parameters["DBInstanceIdentifier"])
        database.backup_retention_period = 0
        return _came(call, answer, "DBInstanceIdentifier", settings_of(call.account).creating_seconds)


def promote_read_replica(call: GapCall) -> Mapping[str, Any]:
    """It is modifying, then backing-up, and then has no source any more; moto leaves it its source."""
    with call.account.schedule.lock:
        database = _called(call)
        require(database, _NOT_AVAILABLE)
        if not database.is_replica:
            raise AwsError("InvalidDBInstanceState", "DB Instance is not a read replica.")  # text ours
        answer = call.through()
        settings = settings_of(call.account)
        source = _backend(call).databases.get(_last(str(database.source_db_instance_identifier)))
        if source is not None and database.db_instance_identifier in source.replicas:
            source.remove_replica(database)
        database.source_db_instance_identifier = None
        stages: list[Stage] = [("modifying", settings.modifying_seconds)]
        if call.parameters.get("BackupRetentionPeriod"):
            stages.append(("backing-up", settings.backing_up_seconds))
        return _on_its_way(call, answer, database, stages)


def _came(call: GapCall, answer: dict[str, Any], name: str, seconds: float) -> Mapping[str, Any]:
    """A new instance: with a resource id of its own, which moto gives to none."""
    database = instance_named(call.account, call.region, call.parameters[name])
    database.dbi_resource_id = _new_resource_id(call)
    _keep_insights(call, database)
    settings, stages = settings_of(call.account), [("creating", seconds)]
    backups = [
        snapshot
        for snapshot in _backend(call).database_snapshots.values()
        if snapshot.snapshot_type == "automated"
        and snapshot.db_instance_identifier == database.db_instance_identifier
        and snapshot.created >= database.created
    ]
    keeps_backups = bool(database.backup_retention_period) and database.db_cluster_identifier is None
    if keeps_backups:
        stages.append(("backing-up", settings.backing_up_seconds))
    for snapshot in backups:  # moto's first backup is there at once, also where none are kept
        snapshot.dbi_resource_id = database.dbi_resource_id
        if keeps_backups:
            pass_through(call.account, call.region, snapshot, [("creating", seconds + settings.backing_up_seconds)])
        else:
            _backend(call).database_snapshots.pop(snapshot.db_snapshot_identifier)
    return _on_its_way(call, answer, database, stages)


def modify_db_instance(call: GapCall) -> Mapping[str, Any]:
    """What takes its time is told as pending and done later; all else holds at once. Only an available one."""
    with call.account.schedule.lock:
        asked, database = call.parameters, _called(call)
        require(database, _NOT_AVAILABLE)
        new_name = str(asked.get("NewDBInstanceIdentifier") or "").lower()
        if new_name and new_name != database.db_instance_identifier and new_name in _backend(call).databases:
            raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
        _keep_insights(call, database)
        held = modifying.held_back(database, asked)
        answer = call.through({name: value for name, value in asked.items() if name not in held})

        def apply(changes: Mapping[str, Any]) -> None:
            named = {"DBInstanceIdentifier": database.db_instance_identifier, "ApplyImmediately": True}
            call.through({**named, **changes})

        immediately = bool(asked.get("ApplyImmediately"))
        modifying.begin(call.account, call.region, database, held, apply, immediately=immediately)
        return _shown(call, answer, database)


def reboot_db_instance(call: GapCall) -> Mapping[str, Any]:
    """Of one that is available."""
    with call.account.schedule.lock:
        database = _called(call)
        require(database, _NO_REBOOT)
        return _on_its_way(call, call.through(), database, [("rebooting", settings_of(call.account).rebooting_seconds)])


def start_db_instance(call: GapCall) -> Mapping[str, Any]:
    """Moto refuses what is not stopped."""
    with call.account.schedule.lock:
        database = _called(call)
        return _on_its_way(call, call.through(), database, [("starting", settings_of(call.account).starting_seconds)])


def stop_db_instance(call: GapCall) -> Mapping[str, Any]:
    """Moto refuses what is not available."""
    with call.account.schedule.lock:
        database = _called(call)
        stage = ("stopping", settings_of(call.account).stopping_seconds)
        return _on_its_way(call, call.through(), database, [stage], ends_as="stopped")


def delete_db_instance(call: GapCall) -> Mapping[str, Any]:
    """Not without a word on the final snapshot; it can be described until it is gone."""
    with call.account.schedule.lock:
        asked, database = call.parameters, _called(call)
        if database.status == "deleting":
            raise AwsError("InvalidDBInstanceState", _GOES_ALREADY.format(database.db_instance_identifier))
        final, skips = asked.get("FinalDBSnapshotIdentifier"), asked.get("SkipFinalSnapshot")
        alone = not database.is_replica and database.db_cluster_identifier is None
        if alone and bool(final) == bool(skips):
            raise AwsError(
                "InvalidParameterCombination",
                "FinalDBSnapshotIdentifier cannot be specified when deleting with SkipFinalSnapshot."
                if final
                else "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
            )
        if final:
            require(database, _NO_SNAPSHOT)
        answer = call.through()
        settings, backend, name = settings_of(call.account), _backend(call), database.db_instance_identifier
        backend.databases[name] = database
        if snapshot := backend.database_snapshots.get(str(final or "").lower()):
            pass_through(call.account, call.region, snapshot, [("creating", settings.backing_up_seconds)])
        stage = ("deleting", settings.deleting_seconds)
        pass_through(call.account, call.region, database, [stage], lambda _: backend.databases.pop(name), ends_as="")
        return _shown(call, answer, database)


def create_db_snapshot(call: GapCall) -> Mapping[str, Any]:
    """Of one that is available, which is backing-up meanwhile."""
    with call.account.schedule.lock:
        database = _called(call)
        require(database, _NO_SNAPSHOT)
        answer = call.through()
        snapshot = _backend(call).database_snapshots[call.parameters["DBSnapshotIdentifier"]]
        seconds = settings_of(call.account).backing_up_seconds
        pass_through(call.account, call.region, snapshot, [("creating", seconds)])
        pass_through(call.account, call.region, database, [("backing-up", seconds)])
        answer["DBSnapshot"] |= {"Status": snapshot.status, "PercentProgress": 0}
        return answer


def describe_db_instances(call: GapCall) -> Mapping[str, Any]:
    """As they are on their way: without an endpoint while creating, with what is pending and how far back they go."""
    with call.account.schedule.lock:
        answer, known = call.through(), _backend(call).databases
        for shown in answer.get("DBInstances", []):
            _complete(call, shown, known[shown["DBInstanceIdentifier"]])
        return answer


def create_db_cluster(call: GapCall) -> Mapping[str, Any]:
    """Creating, then available."""
    with call.account.schedule.lock:
        answer = call.through()
        stage = ("creating", settings_of(call.account).creating_seconds)
        pass_through_cluster(call.account, call.region, answer["DBCluster"]["DBClusterIdentifier"], stage)
        answer["DBCluster"]["Status"] = "creating"
        return answer


def describe_db_clusters(call: GapCall) -> Mapping[str, Any]:
    """As they are on their way."""
    with call.account.schedule.lock:
        answer, known = call.through(), _backend(call).clusters
        for shown in answer.get("DBClusters", []):
            cluster = known.get(shown["DBClusterIdentifier"])
            if cluster is not None:
                shown["Status"] = cluster_status(call.account, call.region, cluster)
        return answer


def _backend(call: GapCall) -> Any:
    return rds_backends[call.account_id][call.region]


def _called(call: GapCall) -> Any:
    return instance_named(call.account, call.region, call.parameters["DBInstanceIdentifier"])


def _last(name: str) -> str:
    return name.rsplit(":snapshot:", maxsplit=1)[-1] if name.startswith(_ARN) else name


def _new_resource_id(call: GapCall) -> str:
    made = base64.b32encode(call.account.random.randbytes(_RESOURCE_ID_BYTES)).decode().rstrip("=")
    return f"db-{made}"


def _on_its_way(  # what, and through what
    call: GapCall, answer: dict[str, Any], database: Any, stages: list[Stage], ends_as: str = AVAILABLE
) -> Mapping[str, Any]:
    pass_through(call.account, call.region, database, stages, ends_as=ends_as)
    return _shown(call, answer, database)


def _shown(call: GapCall, answer: dict[str, Any], database: Any) -> Mapping[str, Any]:
    _complete(call, answer["DBInstance"], database)
    return answer


def _keep_insights(call: GapCall, database: Any) -> None:
    """Performance (Database) Insights, on or off; moto forgets it. It needs no downtime (AWS, ModifyDBInstance)."""
    if "EnablePerformanceInsights" in call.parameters:
        database.performance_insights = bool(call.parameters["EnablePerformanceInsights"])


def _complete(call: GapCall, shown: dict[str, Any], database: Any) -> None:
    shown["DBInstanceStatus"], shown["DbiResourceId"] = database.status, database.dbi_resource_id
    if database.status == "creating":
        for name in ("Endpoint", "InstanceCreateTime"):
            shown.pop(name, None)
    if database.source_db_instance_identifier is None:
        shown.pop("ReadReplicaSourceDBInstanceIdentifier", None)
    shown["PerformanceInsightsEnabled"] = getattr(database, "performance_insights", False)
    shown["PendingModifiedValues"] = modifying.pending(call.account, call.region, database)
    latest = restoring.latest_restorable(call.account, database)
    shown.pop("LatestRestorableTime", None)
    if latest is not None:
        shown["LatestRestorableTime"] = latest


OPERATIONS: Mapping[tuple[str, str], Handler] = {
    ("rds", "CreateDBCluster"): create_db_cluster,
    ("rds", "CreateDBInstance"): create_db_instance,
    ("rds", "CreateDBInstanceReadReplica"): create_read_replica,
    ("rds", "CreateDBSnapshot"): create_db_snapshot,
    ("rds", "DeleteDBInstance"): delete_db_instance,
    ("rds", "DescribeDBClusters"): describe_db_clusters,
    ("rds", "DescribeDBInstances"): describe_db_instances,
    ("rds", "ModifyDBInstance"): modify_db_instance,
    ("rds", "PromoteReadReplica"): promote_read_replica,
    ("rds", "RebootDBInstance"): reboot_db_instance,
    ("rds", "RestoreDBClusterFromSnapshot"): create_db_cluster,
    ("rds", "RestoreDBClusterToPointInTime"): create_db_cluster,
    ("rds", "RestoreDBInstanceFromDBSnapshot"): restore_from_snapshot,
    ("rds", "RestoreDBInstanceToPointInTime"): restore_to_point_in_time,
    ("rds", "StartDBInstance"): start_db_instance,
    ("rds", "StopDBInstance"): stop_db_instance,
}

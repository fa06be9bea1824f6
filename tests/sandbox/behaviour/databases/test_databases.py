"""Databases come, change and go over the sandbox's time, and a restore is not the original."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opslib.sandbox import Sandbox, Workload

LIVE = "shop-main"
WINDOW = "wed:06:38-wed:07:08"


class Databases:
    """The seeded database, and what tests of it do again and again."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.rds = sandbox.client("rds")

    def describe(self, name=LIVE):
        return self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]

    def status(self, name=LIVE):
        return self.describe(name)["DBInstanceStatus"]

    def statuses(self, name=LIVE, *, every=30, until="available", most=60):
        """The statuses that it passes through, each once."""
        seen = [self.status(name)]
        for _ in range(most):
            if seen[-1] == until:
                return seen
            self.wait(every)
            if (now := self.status(name)) != seen[-1]:
                seen.append(now)
        raise AssertionError(seen)

    def wait(self, seconds):
        self.sandbox.clock.advance(seconds)

    def restore(self, name="restored", **more):
        made = self.rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=LIVE, TargetDBInstanceIdentifier=name, UseLatestRestorableTime=True, **more
        )
        return made["DBInstance"]

    def modify(self, **changes):
        return self.rds.modify_db_instance(DBInstanceIdentifier=LIVE, **changes)["DBInstance"]


@pytest.fixture
def databases(account):
    whole = Workload.sample()
    account.seed(whole.model_copy(update={"services": (), "caches": (), "functions": (), "load_balancers": ()}))
    return Databases(account)


def test_what_is_seeded_is_there_and_can_be_restored_as_far_back_as_backups_are_kept(databases):
    live, now = databases.describe(), databases.sandbox.clock.now()
    assert live["DBInstanceStatus"] == "available"
    assert now - live["InstanceCreateTime"] > timedelta(days=live["BackupRetentionPeriod"])
    assert timedelta(minutes=4) < now - live["LatestRestorableTime"] < timedelta(minutes=6)


def test_a_new_instance_is_created_and_backed_up_before_it_is_available(databases):
    made = databases.rds.create_db_instance(
        DBInstanceIdentifier="new",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="postgres",
        MasterUserPassword="not-a-secret",
    )["DBInstance"]
    assert made["DBInstanceStatus"] == "creating"
    for shown in (made, databases.describe("new")):
        assert not {"Endpoint", "InstanceCreateTime", "LatestRestorableTime"} & set(shown)
    assert databases.statuses("new") == ["creating", "backing-up", "available"]
    assert databases.describe("new")["Endpoint"]["Address"].startswith("new.")
    first = databases.rds.describe_db_snapshots(DBInstanceIdentifier="new")["DBSnapshots"]
    assert [(backup["SnapshotType"], backup["Status"]) for backup in first] == [("automated", "available")]


def test_without_backups_there_is_none_at_first_either(databases):
    databases.rds.create_db_instance(
        DBInstanceIdentifier="new",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="postgres",
        MasterUserPassword="not-a-secret",
        BackupRetentionPeriod=0,
    )
    assert databases.statuses("new") == ["creating", "available"]
    assert databases.rds.describe_db_snapshots(DBInstanceIdentifier="new")["DBSnapshots"] == []
    assert "LatestRestorableTime" not in databases.describe("new")


def test_each_instance_has_a_resource_id_of_its_own(databases):
    databases.restore()
    ids = {found["DbiResourceId"] for found in databases.rds.describe_db_instances()["DBInstances"]}
    assert len(ids) == 2


def test_a_restore_takes_its_time_and_leaves_the_defaults_in_place(databases):
    group = databases.sandbox.client("ec2").create_security_group(GroupName="db", Description="db")["GroupId"]
    databases.rds.create_db_parameter_group(
        DBParameterGroupName="tuned", DBParameterGroupFamily="postgres16", Description="tuned"
    )
    databases.modify(
        VpcSecurityGroupIds=[group],
        DBParameterGroupName="tuned",
        DeletionProtection=True,
        MultiAZ=True,
        ApplyImmediately=True,
    )
    databases.wait(400)
    databases.restore()
    assert databases.statuses("restored") == ["creating", "backing-up", "available"]
    live, restored = databases.describe(), databases.describe("restored")

    def of(instance):
        return (
            [member["VpcSecurityGroupId"] for member in instance["VpcSecurityGroups"]],
            instance["DBParameterGroups"][0]["DBParameterGroupName"],
            instance["DeletionProtection"],
            instance["MultiAZ"],
        )

    assert of(live) == ([group], "tuned", True, True)
    default, *rest = of(restored)
    assert default != [group]
    assert rest == ["default.postgres16", False, False]
    databases.restore("same", VpcSecurityGroupIds=[group], DBParameterGroupName="tuned", DeletionProtection=True)
    databases.wait(800)
    assert of(databases.describe("same")) == ([group], "tuned", True, False)


def test_a_moment_that_is_not_kept_is_refused(databases, refused):
    now = databases.sandbox.clock.now()
    restore = databases.rds.restore_db_instance_to_point_in_time
    names = {"SourceDBInstanceIdentifier": LIVE, "TargetDBInstanceIdentifier": "restored"}
    for moment in (now, now - timedelta(days=8)):
        code, message = refused(restore, **names, RestoreTime=moment)
        assert code == "InvalidParameterValue"
        assert message.startswith("The specified instance cannot be restored to a time later than")
    assert refused(restore, **names)[0] == "InvalidParameterCombination"
    restore(**names, RestoreTime=now - timedelta(days=6))
    assert databases.status("restored") == "creating"


def test_a_snapshot_takes_its_time_and_cannot_be_restored_before(databases, refused):
    made = databases.rds.create_db_snapshot(DBInstanceIdentifier=LIVE, DBSnapshotIdentifier="before")["DBSnapshot"]
    assert (made["Status"], databases.status()) == ("creating", "backing-up")
    restore = databases.rds.restore_db_instance_from_db_snapshot
    names = {"DBSnapshotIdentifier": "before", "DBInstanceIdentifier": "restored"}
    assert refused(restore, **names)[0] == "InvalidDBSnapshotState"
    snapshot = databases.rds.create_db_snapshot
    assert refused(snapshot, DBInstanceIdentifier=LIVE, DBSnapshotIdentifier="again") == (
        "InvalidDBInstanceState",
        f"Cannot create a snapshot because the database instance {LIVE} is not currently in the available state.",
    )
    databases.wait(121)
    assert databases.status() == "available"
    restore(**names)
    assert databases.statuses("restored") == ["creating", "backing-up", "available"]


def test_a_rename_keeps_the_resource_id_and_moves_the_endpoint(databases):
    before = databases.describe()
    shown = databases.modify(NewDBInstanceIdentifier="shop-old", ApplyImmediately=True)
    assert shown["PendingModifiedValues"] == {"DBInstanceIdentifier": "shop-old"}
    assert databases.status() == "renaming"
    databases.wait(61)
    with pytest.raises(databases.rds.exceptions.DBInstanceNotFoundFault):
        databases.describe()
    after = databases.describe("shop-old")
    assert (after["DbiResourceId"], after["DBInstanceStatus"]) == (before["DbiResourceId"], "available")
    assert after["Endpoint"]["Address"] == before["Endpoint"]["Address"].replace(LIVE, "shop-old")
    assert after["PendingModifiedValues"] == {}


def test_two_instances_change_places_by_their_names(databases):
    databases.restore()
    databases.wait(800)
    restored = databases.describe("restored")["DbiResourceId"]
    databases.modify(NewDBInstanceIdentifier="shop-old", ApplyImmediately=True)
    databases.wait(61)
    databases.rds.modify_db_instance(
        DBInstanceIdentifier="restored", NewDBInstanceIdentifier=LIVE, ApplyImmediately=True
    )
    databases.wait(61)
    assert databases.describe()["DbiResourceId"] == restored


def test_a_name_that_is_taken_is_refused_at_once(databases, refused):
    databases.restore()
    named = {"DBInstanceIdentifier": LIVE, "NewDBInstanceIdentifier": "restored", "ApplyImmediately": True}
    assert refused(databases.rds.modify_db_instance, **named)[0] == "DBInstanceAlreadyExists"
    assert databases.status() == "available"


def test_what_is_not_applied_immediately_waits_for_the_maintenance_window(databases):
    databases.modify(PreferredMaintenanceWindow=WINDOW)
    databases.modify(DBInstanceClass="db.r6g.large", DeletionProtection=True)
    found = databases.describe()
    assert (found["DBInstanceStatus"], found["DeletionProtection"]) == ("available", True)
    assert found["PendingModifiedValues"] == {"DBInstanceClass": "db.r6g.large"}
    now, wednesday = databases.sandbox.clock.now(), 2
    window = (now + timedelta(days=(wednesday - now.weekday()) % 7)).replace(hour=6, minute=38, second=30)
    databases.wait(((window - now) % timedelta(days=7)).total_seconds())
    assert databases.status() == "modifying"
    databases.wait(301)
    found = databases.describe()
    assert (found["DBInstanceClass"], found["PendingModifiedValues"]) == ("db.r6g.large", {})


def test_applying_immediately_takes_what_waits_along(databases):
    databases.modify(DBInstanceClass="db.r6g.large")
    databases.modify(AllocatedStorage=200, ApplyImmediately=True)
    assert databases.statuses() == ["modifying", "available"]
    found = databases.describe()
    assert (found["DBInstanceClass"], found["AllocatedStorage"]) == ("db.r6g.large", 200)


def test_a_password_is_never_shown_and_is_changed_at_once(databases):
    shown = databases.modify(MasterUserPassword="another-one")
    assert shown["PendingModifiedValues"] == {"MasterUserPassword": "****"}
    assert databases.statuses() == ["resetting-master-credentials", "available"]


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("modify_db_instance", {"AllocatedStorage": 200}, "Database instance is not in available state."),
        ("reboot_db_instance", {}, "Instance cannot currently reboot due to an in-progress management operation."),
        ("stop_db_instance", {}, f"Instance {LIVE} is not in available state."),
    ],
)
def test_what_is_on_its_way_is_left_alone(databases, refused, operation, parameters, message):
    databases.rds.reboot_db_instance(DBInstanceIdentifier=LIVE)
    assert databases.status() == "rebooting"
    call = getattr(databases.rds, operation)
    assert refused(call, DBInstanceIdentifier=LIVE, **parameters) == ("InvalidDBInstanceState", message)
    assert databases.statuses() == ["rebooting", "available"]


def test_stopping_and_starting_take_their_time(databases):
    databases.rds.stop_db_instance(DBInstanceIdentifier=LIVE)
    assert databases.statuses(until="stopped") == ["stopping", "stopped"]
    databases.rds.start_db_instance(DBInstanceIdentifier=LIVE)
    assert databases.statuses() == ["starting", "available"]


def test_deleting_asks_for_a_word_on_the_last_snapshot_and_takes_its_time(databases, refused):
    delete = databases.rds.delete_db_instance
    assert refused(delete, DBInstanceIdentifier=LIVE) == (
        "InvalidParameterCombination",
        "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
    )
    delete(DBInstanceIdentifier=LIVE, FinalDBSnapshotIdentifier="last")
    assert databases.status() == "deleting"
    assert refused(delete, DBInstanceIdentifier=LIVE, SkipFinalSnapshot=True) == (
        "InvalidDBInstanceState",
        f"Instance {LIVE} is already being deleted.",
    )
    databases.wait(181)
    assert refused(databases.describe)[0] == "DBInstanceNotFound"
    [last] = databases.rds.describe_db_snapshots(DBSnapshotIdentifier="last")["DBSnapshots"]
    assert last["Status"] == "available"


def test_a_replica_that_is_promoted_has_no_source_any_more(databases):
    databases.rds.create_db_instance_read_replica(DBInstanceIdentifier="reader", SourceDBInstanceIdentifier=LIVE)
    assert databases.statuses("reader") == ["creating", "available"]
    assert databases.describe("reader")["ReadReplicaSourceDBInstanceIdentifier"] == LIVE
    assert databases.describe()["ReadReplicaDBInstanceIdentifiers"] == ["reader"]
    databases.rds.promote_read_replica(DBInstanceIdentifier="reader", BackupRetentionPeriod=7)
    assert databases.statuses("reader") == ["modifying", "backing-up", "available"]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in databases.describe("reader")
    assert databases.describe()["ReadReplicaDBInstanceIdentifiers"] == []


def test_a_cluster_is_there_before_its_instances(databases, refused):
    cluster = databases.rds.create_db_cluster(
        DBClusterIdentifier="aurora",
        Engine="aurora-postgresql",
        MasterUsername="postgres",
        MasterUserPassword="not-a-secret",
    )["DBCluster"]
    member = {
        "DBInstanceIdentifier": "aurora-1",
        "DBClusterIdentifier": "aurora",
        "Engine": "aurora-postgresql",
        "DBInstanceClass": "db.r6g.large",
    }

    def status():
        return databases.rds.describe_db_clusters(DBClusterIdentifier="aurora")["DBClusters"][0]["Status"]

    assert [cluster["Status"], status(), status()] == ["creating"] * 3
    assert refused(databases.rds.create_db_instance, **member)[0] == "InvalidDBClusterStateFault"
    databases.wait(301)
    assert status() == "available"
    databases.rds.create_db_instance(**member)
    assert databases.statuses("aurora-1") == ["creating", "available"]


def test_the_times_are_settings(databases):
    databases.sandbox.behaviour(databases={"restoring_seconds": 5, "backing_up_seconds": 0})
    databases.restore()
    databases.wait(6)
    assert databases.status("restored") == "available"


def test_a_parameter_may_name_a_database_once_it_is_available(databases):
    databases.sandbox.invariants("endpoint_available")
    ssm, address = databases.sandbox.client("ssm"), databases.describe()["Endpoint"]["Address"]
    ssm.put_parameter(Name="/db", Value=address, Type="String")
    databases.restore()
    restored = address.replace(LIVE, "restored")
    databases.wait(721)
    ssm.put_parameter(Name="/db", Value=restored, Type="String", Overwrite=True)
    databases.rds.modify_db_instance(DBInstanceIdentifier="restored", BackupRetentionPeriod=14)
    assert databases.status("restored") == "modifying"  # it answers meanwhile
    assert databases.sandbox.violations() == []
    databases.wait(400)
    databases.rds.reboot_db_instance(DBInstanceIdentifier="restored")
    assert [violation.text for violation in databases.sandbox.violations()] == [
        f"names {restored}, whose database is rebooting"
    ]

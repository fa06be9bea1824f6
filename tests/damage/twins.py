"""What looks like damage to a dump and is none."""

from __future__ import annotations

from tests.damage.dumps import EMPTY, DumpTrial, retake

__all__ = [
    "another_superuser",
    "dumped_again",
    "empty_on_purpose",
    "far_ids",
    "more_roles",
    "not_valid",
    "sequence_further",
]


def dumped_again(trial: DumpTrial) -> None:
    """The same rows in another order on other pages, dumped again and held against the first manifest."""
    trial.dumped_after(
        "create table moved as select * from orders",
        "truncate orders",
        "insert into orders select * from moved order by md5(id::text)",
        "drop table moved",
        "vacuum full customer",
    )


def empty_on_purpose(trial: DumpTrial) -> None:
    """An empty database of which somebody has said that it may be empty."""
    retake(trial, *EMPTY)
    trial.options["may_be_empty"] = True


def more_roles(trial: DumpTrial) -> None:
    """The file of roles of a server that has got another role meanwhile, which nothing here needs."""
    trial.cluster.run("create role newcomer login", database="postgres")
    try:
        trial.dumped_after()
    finally:
        trial.cluster.run("drop role newcomer", database="postgres")


def another_superuser(trial: DumpTrial) -> None:
    """A dump by a superuser who is not the first one, and is there under no such name in a scratch server."""
    trial.cluster.run("create role keeper superuser login", database="postgres")
    try:
        retake(trial, "set role keeper", "create table kept (id int primary key)", "insert into kept values (1)")
    finally:
        trial.cluster.run("drop role keeper", database="postgres")


def sequence_further(trial: DumpTrial) -> None:
    """Sequences that have gone on when pg_dump read them: they belong to no snapshot."""
    trial.dumped_after("select nextval('orders_id_seq') from generate_series(1, 9)", "select nextval('ticket')")


def far_ids(trial: DumpTrial) -> None:
    """An id that an import has set, far beyond where the sequence is."""
    retake(trial, "insert into customer overriding system value values (2147483647, 'imported', 0, null, null)")


def not_valid(trial: DumpTrial) -> None:
    """A key that the source itself does not hold for valid, with rows that refer to nothing, and nulls."""
    retake(
        trial,
        "create table note (id int primary key, customer int)",
        "insert into note values (1, 4711), (2, null), (3, 3)",
        "alter table note add constraint note_customer foreign key (customer) references customer not valid",
    )

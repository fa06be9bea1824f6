"""What a dump comes to when it is restored, as PostgreSQL's own programs tell it: no check of ours."""

from __future__ import annotations

import re
from pathlib import Path

from opslib.backup.postgres.binaries import Installation
from opslib.backup.postgres.scratch import Scratch
from tests.damage.cluster import Cluster

__all__ = ["restored_text"]

OTHERS = "from pg_database where not datistemplate and datname not in ('postgres', 'pristine', 'aside')"
PASSING = re.compile(r"^(-- Dumped |-- Started on|-- Completed on|\\(un)?restrict )")
"""Lines of pg_dump's that say when and by what, and differ each time."""


def restored_text(cluster: Cluster, dump: Path) -> str:
    """Restore a dump under another name's nose, and dump it again as text.

    Args:
        cluster: Where the shop's roles are; its own databases are put aside for the moment.
        dump: Of any format.

    Returns:
        What pg_dump says of the restored database, or what went wrong.
    """
    server = cluster.server
    installation, environment = server.installation, server.environment()
    cluster.run("alter database shop rename to aside", database="postgres")
    try:
        said = _restore(installation, server, dump)
        if said:
            return said
        found = [row[0] for row in cluster.run(f"select datname {OTHERS}", database="postgres")]
        if found != ["shop"]:
            return f"the databases are {found}"
        ran = installation.run("pg_dump", "--create", "shop", cwd=server.directory, env=environment)
        return "\n".join(line for line in (*ran.output.splitlines(), *ran.complaints) if not PASSING.match(line))
    finally:
        gone = f"select format('drop database %I with (force)', datname) {OTHERS}"
        for (drop,) in cluster.run(gone, database="postgres"):
            cluster.run(drop, database="postgres")
        cluster.run("alter database aside rename to shop", database="postgres")


def _restore(installation: Installation, server: Scratch, dump: Path) -> str:
    """What the restoring program complained of."""
    environment = server.environment()
    if dump.suffix == ".sql":
        created = installation.run("createdb", "-T", "template0", "shop", cwd=server.directory, env=environment)
        with dump.open("rb") as file:
            ran = installation.run(
                *("psql", "-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-d", "shop", "-f", "-"),
                cwd=server.directory,
                env=environment,
                as_server=True,
                stdin=file,
            )
        return "\n".join((*created.complaints, *ran.complaints, *([f"exit code {ran.code}"] if ran.code else [])))
    ran = installation.run("pg_restore", "--create", "-d", "postgres", str(dump), cwd=server.directory, env=environment)
    return "\n".join((*ran.complaints, *([f"exit code {ran.code}"] if ran.code else [])))

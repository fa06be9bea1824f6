"""What a schema consists of: a table of the kinds of object, each with the query that describes all of its objects.

Every query gives rows of a name and a definition (jsonb), free of OIDs and of what a dump does not carry, so that the
same query gives the same rows on the restored database. What belongs to an extension is left out: the extension's
name stands for it. `$MACRO(...)` is expanded by `opslib.backup.postgres.schema`.
"""

from __future__ import annotations

from opslib.backup.postgres.catalog_code import CODE
from opslib.backup.postgres.catalog_rest import PRESENT, REST
from opslib.backup.postgres.kind import Kind

__all__ = ["KINDS", "ROLES", "SEQUENCE_VALUES"]

_RELATIONS = (
    Kind(
        "schema",
        """
        select quote_ident(n.nspname), jsonb_build_object(
          'owner', $OWNER(n.nspowner), 'acl', $ACL(n.nspacl, 'n', n.nspowner))
        from pg_namespace n
        where $OURS(n.nspname) and $FREE('pg_namespace', n.oid)
        """,
    ),
    Kind(
        "table",
        # The order of columns is not compared in a table with parents: a dump gives such a table its parents' order.
        """
        select $NAME(n, c.relname), jsonb_build_object(
          'is', case c.relkind when 'p' then 'partitioned table' when 'f' then 'foreign table' else 'table' end,
          'persistence', c.relpersistence, 'owner', $OWNER(c.relowner), 'acl', $ACL(c.relacl, 'r', c.relowner),
          'row_security', c.relrowsecurity, 'forced_row_security', c.relforcerowsecurity,
          'replica_identity', c.relreplident, 'options', $OPTIONS(c.reloptions),
          'of_type', case when c.reloftype <> 0 then format_type(c.reloftype, null) end,
          'partition_key', case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
          'partition_of', case when c.relispartition then $PARENTS(c.oid) end,
          'bound', pg_get_expr(c.relpartbound, c.oid),
          'inherits', case when not c.relispartition then $PARENTS(c.oid) end,
          'column_order', case when not exists (select from pg_inherits i where i.inhrelid = c.oid)
            then (select jsonb_agg(a.attname order by a.attnum) from pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) end,
          'server', (select jsonb_build_object('name', s.srvname, 'options', $OPTIONS(f.ftoptions))
                     from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver where f.ftrelid = c.oid))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'f') and $OURS(n.nspname) and $FREE('pg_class', c.oid)
        """,
        printed=("partition_key", "bound", "acl"),
    ),
    Kind(
        "column",
        """
        select $NAME(n, c.relname) || '.' || quote_ident(a.attname), jsonb_build_object(
          'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
          'default', pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated, 'identity', a.attidentity,
          'collation', (select $NAME(cn, l.collname) from pg_collation l
                        join pg_namespace cn on cn.oid = l.collnamespace
                        where l.oid = a.attcollation and a.attcollation <> t.typcollation),
          'acl', case when a.attacl is not null then $ACL(a.attacl, 'c', c.relowner) end,
          'options', $OPTIONS(a.attoptions), 'foreign_options', $OPTIONS(a.attfdwoptions))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        join pg_type t on t.oid = a.atttypid
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relkind in ('r', 'p', 'f') and $OURS(n.nspname) and $FREE('pg_class', c.oid)
        """,
        printed=("default",),
    ),
    Kind(
        "index",
        # pg_dump leaves out those that are not valid: what a failed CREATE INDEX CONCURRENTLY leaves behind.
        """
        select $NAME(n, c.relname), jsonb_build_object(
          'table', i.indrelid::regclass::text, 'definition', pg_get_indexdef(i.indexrelid),
          'unique', i.indisunique, 'primary', i.indisprimary, 'exclusion', i.indisexclusion,
          'clustered', i.indisclustered, 'replica_identity', i.indisreplident, 'partition_of', $PARENTS(c.oid))
        from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
        join pg_namespace n on n.oid = c.relnamespace
        where (i.indisvalid or t.relkind = 'p') and $OURS(n.nspname) and $FREE('pg_class', t.oid)
          and $FREE('pg_class', c.oid)
        """,
        printed=("definition",),
    ),
    Kind(
        "constraint",
        # Not-null constraints stand with their column; copies of a partitioned table's foreign keys, with the original.
        """
        select t.name || '.' || quote_ident(k.conname), jsonb_build_object(
          'definition', pg_get_constraintdef(k.oid), 'type', k.contype, 'validated', k.convalidated)
        from pg_constraint k join (
          select c.oid as relation, 0::oid as type, $NAME(n, c.relname) as name
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where $OURS(n.nspname) and $FREE('pg_class', c.oid)
          union all
          select 0, y.oid, $NAME(n, y.typname) from pg_type y join pg_namespace n on n.oid = y.typnamespace
          where y.typtype = 'd' and $OURS(n.nspname) and $FREE('pg_type', y.oid)
        ) t on t.relation = k.conrelid and t.type = k.contypid
        where k.contype in ('c', 'f', 'p', 'u', 'x') and not (k.contype = 'f' and k.conparentid <> 0)
        """,
        printed=("definition",),
    ),
    Kind(
        "sequence",
        """
        select $NAME(n, c.relname), jsonb_build_object(
          'type', format_type(s.seqtypid, null), 'start', s.seqstart::text, 'increment', s.seqincrement::text,
          'minimum', s.seqmin::text, 'maximum', s.seqmax::text, 'cache', s.seqcache::text, 'cycle', s.seqcycle,
          'persistence', c.relpersistence, 'owner', $OWNER(c.relowner), 'acl', $ACL(c.relacl, 's', c.relowner),
          'owned_by', (select d.refobjid::regclass::text || '.' || quote_ident(a.attname) from pg_depend d
            join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
              and d.deptype in ('a', 'i')))
        from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
        where $OURS(n.nspname) and $FREE('pg_class', c.oid) and c.relpersistence <> 't'
        """,
    ),
    Kind(
        "view",
        """
        select $NAME(n, c.relname), jsonb_build_object(
          'definition', pg_get_viewdef(c.oid), 'options', $OPTIONS(c.reloptions), 'owner', $OWNER(c.relowner),
          'acl', $ACL(c.relacl, 'r', c.relowner))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'v' and $OURS(n.nspname) and $FREE('pg_class', c.oid)
        """,
        printed=("definition", "acl"),
    ),
    Kind(
        "materialised view",
        """
        select $NAME(n, c.relname), jsonb_build_object(
          'definition', pg_get_viewdef(c.oid), 'options', $OPTIONS(c.reloptions), 'populated', c.relispopulated,
          'owner', $OWNER(c.relowner), 'acl', $ACL(c.relacl, 'r', c.relowner))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'm' and $OURS(n.nspname) and $FREE('pg_class', c.oid)
        """,
        printed=("definition", "acl"),
    ),
)

KINDS: tuple[Kind, ...] = (*_RELATIONS, *CODE, *REST, *PRESENT)
"""Every kind of object of a database's schema."""

ROLES = Kind(
    "role",
    # pg_roles shows no password to anybody.
    """
    select r.rolname, jsonb_build_object(
      'superuser', r.rolsuper, 'inherit', r.rolinherit, 'create_role', r.rolcreaterole,
      'create_database', r.rolcreatedb,
      'login', r.rolcanlogin, 'replication', r.rolreplication, 'bypass_row_security', r.rolbypassrls,
      'connection_limit', r.rolconnlimit, 'valid_until', r.rolvaliduntil, 'settings', $OPTIONS(r.rolconfig),
      'member_of', (select coalesce(jsonb_agg(q.x order by q.x collate "C"), '[]') from (
        select distinct g.rolname || case when m.admin_option then ' with admin' else '' end x
        from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid) q))
    from pg_roles r where r.rolname !~ '^pg_'
    """,
)
"""The roles of a server, which belong to no database."""

SEQUENCE_VALUES = """
    select $NAME(n, c.relname) from pg_sequence s join pg_class c on c.oid = s.seqrelid
    join pg_namespace n on n.oid = c.relnamespace
    where $OURS(n.nspname) and $FREE('pg_class', c.oid) and c.relpersistence <> 't' order by 1
"""

"""The other kinds of object: those with a definition of their own, and those of which only the presence is compared."""

from __future__ import annotations

from opslib.backup.postgres.kind import Kind

__all__ = ["PRESENT", "REST"]

REST = (
    Kind(
        "extension",
        """
        select quote_ident(e.extname), jsonb_build_object(
          'version', e.extversion, 'schema', e.extnamespace::regnamespace::text)
        from pg_extension e
        """,
    ),
    Kind(
        "extended statistics",
        """
        select $NAME(n, s.stxname), jsonb_build_object('definition', pg_get_statisticsobjdef(s.oid))
        from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where $OURS(n.nspname)
        """,
        printed=("definition",),
    ),
    Kind(
        "collation",
        """
        select $NAME(n, l.collname), jsonb_build_object(
          'provider', l.collprovider, 'deterministic', l.collisdeterministic, 'collate', l.collcollate,
          'ctype', l.collctype, 'owner', $OWNER(l.collowner))
        from pg_collation l join pg_namespace n on n.oid = l.collnamespace
        where $OURS(n.nspname) and $FREE('pg_collation', l.oid)
        """,
        printed=("collate", "ctype"),
    ),
    Kind(
        "publication",
        """
        select quote_ident(p.pubname), jsonb_build_object(
          'all_tables', p.puballtables, 'insert', p.pubinsert, 'update', p.pubupdate, 'delete', p.pubdelete,
          'truncate', p.pubtruncate, 'root', p.pubviaroot, 'owner', $OWNER(p.pubowner),
          'tables', (select jsonb_agg(r.prrelid::regclass::text order by r.prrelid::regclass::text collate "C")
                     from pg_publication_rel r where r.prpubid = p.oid))
        from pg_publication p where $FREE('pg_publication', p.oid)
        """,
    ),
    Kind(
        "foreign server",
        # Options may hold what only the server's owner should see, so only their names are kept.
        """
        select quote_ident(s.srvname), jsonb_build_object(
          'wrapper', w.fdwname, 'type', s.srvtype, 'version', s.srvversion, 'owner', $OWNER(s.srvowner),
          'acl', $ACL(s.srvacl, 'S', s.srvowner),
          'option_names', (select jsonb_agg(split_part(o, '=', 1) order by o) from unnest(s.srvoptions) o))
        from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw
        where $FREE('pg_foreign_server', s.oid)
        """,
    ),
    Kind(
        "user mapping",
        """
        select coalesce(r.rolname, 'PUBLIC') || ' on ' || quote_ident(s.srvname), '{}'::jsonb
        from pg_user_mappings m join pg_foreign_server s on s.oid = m.srvid left join pg_roles r on r.oid = m.umuser
        """,
    ),
    Kind(
        "default privilege",
        """
        select $OWNER(d.defaclrole) || ' ' || d.defaclobjtype::text || coalesce(' in ' || quote_ident(n.nspname), ''),
          jsonb_build_object('acl', $ACL(d.defaclacl, 'r', d.defaclrole))
        from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace
        """,
        printed=("acl",),
    ),
    Kind(
        "comment",
        """
        select i.type || ' ' || i.identity, to_jsonb(d.description)
        from pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
        where d.classoid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass,
                             'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_namespace'::regclass)
          and i.identity is not null and coalesce(i.schema, 'x') not in ('pg_catalog', 'information_schema', 'pg_toast')
          and i.identity !~ '(^| on )(pg_catalog|information_schema|pg_toast)\\M' and i.identity <> 'public'
          and $FREE('pg_class', d.objoid) and $FREE('pg_proc', d.objoid) and $FREE('pg_type', d.objoid)
          and $FREE('pg_constraint', d.objoid)
          and not exists (select from pg_constraint k join pg_depend e on e.objid in (k.conrelid, k.contypid)
                          where k.oid = d.objoid and e.deptype = 'e')
        """,
    ),
    Kind(
        "setting of the database",
        """
        select coalesce(r.rolname, 'every role'), $OPTIONS(s.setconfig)
        from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase left join pg_roles r on r.oid = s.setrole
        where d.datname = current_database()
        """,
    ),
    Kind(
        "database",
        """
        select 'this', jsonb_build_object(
          'encoding', pg_encoding_to_char(d.encoding), 'owner', $OWNER(d.datdba), 'acl', $ACL(d.datacl, 'd', d.datdba),
          'connection_limit', d.datconnlimit)
        from pg_database d where d.datname = current_database()
        """,
    ),
)


def _present(name: str, catalogue: str, *, since: int = 14) -> Kind:
    """A kind of which the names are compared, and nothing else."""
    query = """
        select i.identity, '{}'::jsonb from $CATALOGUE c, pg_identify_object('$CATALOGUE'::regclass, c.oid, 0) i
        where $FREE('$CATALOGUE', c.oid) and c.oid >= 16384 and i.identity is not null
    """
    return Kind(name, query.replace("$CATALOGUE", catalogue), since=since)


PRESENT = (
    _present("operator", "pg_operator"),
    _present("operator class", "pg_opclass"),
    _present("operator family", "pg_opfamily"),
    _present("conversion", "pg_conversion"),
    _present("cast", "pg_cast"),
    _present("language", "pg_language"),
    _present("text search parser", "pg_ts_parser"),
    _present("text search template", "pg_ts_template"),
    _present("text search dictionary", "pg_ts_dict"),
    _present("text search configuration", "pg_ts_config"),
    _present("foreign-data wrapper", "pg_foreign_data_wrapper"),
    _present("access method", "pg_am"),
    _present("transform", "pg_transform"),
)

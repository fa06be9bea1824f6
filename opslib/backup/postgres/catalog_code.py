"""The kinds of object that act: functions, triggers, rules, policies, and types with all that is said of them."""

from __future__ import annotations

from opslib.backup.postgres.kind import Kind

__all__ = ["CODE"]

CODE = (
    Kind(
        "function",
        """
        select $NAME(n, p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')', jsonb_build_object(
          'is', p.prokind, 'owner', $OWNER(p.proowner), 'acl', $ACL(p.proacl, 'f', p.proowner),
          'definition', case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end,
          'aggregate', (select jsonb_build_object(
              'kind', g.aggkind, 'state', g.aggtransfn::regproc::text, 'final', g.aggfinalfn::regproc::text,
              'combine', g.aggcombinefn::regproc::text, 'moving', g.aggmtransfn::regproc::text,
              'type', format_type(g.aggtranstype, null), 'initial', g.agginitval,
              'result', format_type(p.prorettype, null))
            from pg_aggregate g where g.aggfnoid = p.oid))
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where $OURS(n.nspname) and $FREE('pg_proc', p.oid)
          and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid
                          and d.deptype = 'i' and d.refclassid = 'pg_type'::regclass)
        """,
        printed=("definition",),
    ),
    Kind(
        "trigger",
        """
        select $NAME(n, c.relname) || '.' || quote_ident(g.tgname), jsonb_build_object(
          'definition', pg_get_triggerdef(g.oid), 'enabled', g.tgenabled)
        from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
        where not g.tgisinternal and g.tgparentid = 0 and $OURS(n.nspname) and $FREE('pg_class', c.oid)
          and $FREE('pg_trigger', g.oid)
        """,
        printed=("definition",),
    ),
    Kind(
        "event trigger",
        """
        select quote_ident(e.evtname), jsonb_build_object(
          'event', e.evtevent, 'enabled', e.evtenabled, 'function', e.evtfoid::regproc::text,
          'tags', $OPTIONS(e.evttags), 'owner', $OWNER(e.evtowner))
        from pg_event_trigger e where $FREE('pg_event_trigger', e.oid)
        """,
    ),
    Kind(
        "rule",
        """
        select $NAME(n, c.relname) || '.' || quote_ident(r.rulename), jsonb_build_object(
          'definition', pg_get_ruledef(r.oid), 'enabled', r.ev_enabled)
        from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
        where r.rulename <> '_RETURN' and $OURS(n.nspname) and $FREE('pg_class', c.oid)
        """,
        printed=("definition",),
    ),
    Kind(
        "policy",
        """
        select $NAME(n, c.relname) || '.' || quote_ident(p.polname), jsonb_build_object(
          'command', p.polcmd, 'permissive', p.polpermissive, 'using', pg_get_expr(p.polqual, p.polrelid),
          'check', pg_get_expr(p.polwithcheck, p.polrelid),
          'roles', (select coalesce(jsonb_agg(coalesce(r.rolname, 'PUBLIC') order by r.rolname), '[]')
                    from unnest(p.polroles) x(id) left join pg_roles r on r.oid = x.id))
        from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
        where $OURS(n.nspname) and $FREE('pg_class', c.oid)
        """,
        printed=("using", "check"),
    ),
    Kind(
        "type",
        """
        select $NAME(n, t.typname), jsonb_build_object(
          'is', t.typtype, 'owner', $OWNER(t.typowner), 'acl', $ACL(t.typacl, 'T', t.typowner),
          'labels', (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid),
          'fields', (select jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod))
                       order by a.attnum)
                     from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped),
          'base', case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end,
          'not_null', t.typnotnull, 'default', case when t.typtype = 'd' then coalesce(
            pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), t.typdefault) end,
          'collation', case when t.typtype = 'd' then (select $NAME(cn, l.collname) from pg_collation l
            join pg_namespace cn on cn.oid = l.collnamespace where l.oid = t.typcollation) end,
          'range', (select jsonb_build_object('of', format_type(r.rngsubtype, null),
              'difference', r.rngsubdiff::regproc::text, 'canonical', r.rngcanonical::regproc::text,
              'multirange', format_type(r.rngmultitypid, null)) from pg_range r where r.rngtypid = t.oid),
          'input', case when t.typtype = 'b' then t.typinput::regproc::text end)
        from pg_type t join pg_namespace n on n.oid = t.typnamespace
        left join pg_class c on c.oid = t.typrelid
        where (c.oid is null or c.relkind = 'c') and t.typtype <> 'm' and $OURS(n.nspname) and $FREE('pg_type', t.oid)
          and not exists (select from pg_type e where e.typarray = t.oid)
        """,
        printed=("default",),
    ),
)

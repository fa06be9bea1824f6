-- Everything that a dump, a fingerprint or a comparison could stumble over.
create extension vector;
create extension citext;
create extension hstore;
create schema "Ünder scöre";
create type mood as enum ('sad', 'ok', 'happy');
create domain positive as int check (value > 0);
create type pair as (a int, m mood);
create type float_range as range (subtype = float8);
create table "Ünder scöre"."tab""le %s $1" (
  id int generated always as identity primary key, "sp ace" text, m mood, ms mood[], p positive, pr pair, prs pair[],
  j json, jb jsonb, x xml, pt point, bx box, pg polygon, ci circle, ln line, ls lseg, pa path, tv tsvector, tq tsquery,
  b bit(5), bits bit(3)[], vb varbit, mo money, moneys money[], v vector(3), hv halfvec(2), sv sparsevec(4), iv interval,
  ivs interval[], ct citext, h hstore, reg regclass, r regrole, i4r int4range, fr float_range, nmr nummultirange,
  ts timestamptz, tsa timestamptz[], tn timestamp, t time, tz timetz, da date, by bytea, u uuid, i inet, c cidr, mac macaddr,
  mac8 macaddr8, f4 float4, f8 float8, n numeric(10, 2), nu numeric, nus numeric[], i2 smallint, i8 bigint, bo bool, ch char(5), vc varchar(7), nm name,
  o oid, ti tid, xi xid, x8 xid8, lsn pg_lsn, jp jsonpath, cc "char", acl aclitem, ov oidvector, iv2 int2vector,
  snap pg_snapshot, g int generated always as (p + 1) stored);
insert into "Ünder scöre"."tab""le %s $1" ("sp ace", m, ms, p, pr, prs, j, jb, pt, bx, pg, ci, ln, ls, pa, tv, tq, b,
  bits, vb, mo, moneys, v, hv, sv, iv, ivs, ct, h, reg, r, i4r, fr, nmr, ts, tsa, tn, t, tz, da, by, u, i, c, mac, mac8, f4,
  f8, n, nu, nus, i2, i8, bo, ch, vc, nm, o, ti, xi, x8, lsn, jp, cc, acl, ov, iv2, snap)
values ('ä €', 'ok', '{sad,happy}', 1, (1, 'ok'), array[(1, 'sad')::pair], '{"b": 1, "a":  2}', '{"a": [1, null]}',
  '(1,2)', '(3,4),(1,2)', '((0,0),(1,1),(2,0))', '<(1,2),3>', '{1,2,3}', '[(1,2),(3,4)]', '[(0,0),(1,1)]',
  'a:1 b:2', 'a & b', '10101', '{101,010}', '110', 12.34, '{1.5,2.5}', '[1,2,3]', '[1,2]', '{1:1.5,3:2}/4',
  '1 mon 2 days 03:04:05', '{1 day,24 hours}', 'CaSe', 'a=>1, b=>NULL', 'pg_class', 'postgres', '[1,5)', '[1.5,2.5]',
  '{[1,2),[5,6)}', '2026-03-29 02:30:00+01', '{2026-01-01 00:00+00}', '2026-03-29 02:30:00', '12:34:56.789',
  '12:34:56+02', '2026-02-28', '\x00ff', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '10.0.0.1/8', '10.0.0.0/8',
  '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', 1.1, 'NaN', 1.50, 1.00, '{1,2,3,4}', 1, 9223372036854775807, true, 'ab', 'abc', 'name', 42,
  '(1,2)', '7', '8', '16/B374D848', '$.a[*]', 'x', 'postgres=r/postgres', '1 2', '3 4', '10:20:10,14,15');
insert into "Ünder scöre"."tab""le %s $1" (p, nu) values (2, 'NaN'), (3, '-Infinity');
create table no_column ();
insert into no_column default values;
create unlogged table unlogged (a int);
insert into unlogged values (1);
create table parted (a int, b text) partition by list (a);
create table parted_1 partition of parted for values in (1);
create table parted_other (b text, extra int, a int);
alter table parted_other drop column extra;
alter table parted attach partition parted_other default;
insert into parted values (1, 'x'), (2, 'y');
create index on parted (a);
create table parent (a int);
create table child (b int) inherits (parent);
insert into parent values (1);
insert into child values (2, 3);
alter table parent add late int default 5;
create materialized view filled as select a, late from parent;
create unique index on filled (a);
create materialized view never_filled as select 1 as one with no data;
create view a_view with (security_barrier) as select p.a, c.b from parent p join child c using (a);
create function double(int) returns int language sql immutable return $1 * 2;
create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');
create index on parent (double(a)) where a > 0;
create table watched (id bigserial primary key, ref int references "Ünder scöre"."tab""le %s $1" on delete cascade);
alter table watched add constraint unsure foreign key (ref) references "Ünder scöre"."tab""le %s $1" not valid;
alter table watched add constraint lone exclude using gist (int4range(ref, ref, '[]') with &&);
insert into watched (ref) values (1), (2);
comment on table watched is 'it''s watched';
comment on column watched.ref is 'ref';
create trigger watch before insert on watched for each row execute function suppress_redundant_updates_trigger();
create rule quiet as on delete to watched where old.id = 0 do instead nothing;
create table secret (a int, who text);
insert into secret values (1, 'alice'), (2, 'bob');
alter table secret enable row level security;
create policy own on secret for select to public using (who = current_user);
create foreign data wrapper nothing;
create server elsewhere foreign data wrapper nothing options (host 'nowhere');
create foreign table far (a int) server elsewhere;
create statistics together on a, b from parted;
create sequence downward increment -3 start -1;
select nextval('downward'), nextval('downward');
create sequence round minvalue 1 maxvalue 3 cycle;
select nextval('round');
create publication news for table watched;
alter default privileges in schema public grant select on tables to public;
select lo_from_bytea(0, convert_to(repeat('large object ', 100000), 'UTF8'));
do $$ declare id oid := lo_create(0); fd int; begin
  fd := lo_open(id, 131072); perform lo_lseek64(fd, 3000000, 0); perform lowrite(fd, 'end'); end $$;

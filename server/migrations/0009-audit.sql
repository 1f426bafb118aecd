-- What was done to accounts, as one chain: each row's hash covers the row before it. Rows are only ever added, at
-- the end, and taken away at the beginning when they are 18 months old. See docs/decisions/0006-audit-chain.md.

-- Everything here belongs to a role that nobody signs in as, named after our user and made by it where it may make
-- roles; else to our user, and the triggers alone keep the rules.
do $$
declare
  app constant name := current_user;
  keeper constant name := left(app, 57) || '_audit';
begin
  perform set_config('clipt.app_role', app, true);
  begin
    begin
      execute format('create role %I nologin', keeper);
    exception when duplicate_object or unique_violation then
      -- Made for another database of this server.
      if (select rolcanlogin or rolsuper from pg_roles where rolname = keeper) then
        raise insufficient_privilege;
      end if;
    end;
    if not (select rolsuper from pg_roles where rolname = app) then
      execute format('grant %I to %I with inherit false, set true', keeper, app);
    end if;
    execute format('create schema audit authorization %I', keeper);
    perform set_config('role', keeper, true);
  exception when insufficient_privilege then
    create schema audit;
  end;
end $$;

create table audit.entries (
  -- 1 for the first ever; no number is left out.
  seq bigint primary key,
  -- When it was written, by the clock of the database, never before the row before.
  at timestamptz not null,
  -- What was done, as canonical JSON (RFC 8785), byte for byte what the hash covers.
  entry text not null check (entry is json object),
  hash bytea not null check (length(hash) = 32),
  action text not null generated always as (entry::jsonb ->> 'action') stored,
  actor_kind text not null generated always as (entry::jsonb #>> '{actor,kind}') stored,
  actor_id text generated always as (entry::jsonb #>> '{actor,account_id}') stored,
  subject text generated always as (entry::jsonb ->> 'subject') stored
);
create index entries_by_action on audit.entries (action, seq desc);
create index entries_by_actor on audit.entries (actor_id, seq desc);
create index entries_by_subject on audit.entries (subject, seq desc);

-- The newest row that was taken away for its age; the chain goes on from its hash.
create table audit.checkpoint (
  only_row boolean primary key default true check (only_row),
  seq bigint not null,
  at timestamptz,
  hash bytea not null check (length(hash) = 32)
);
insert into audit.checkpoint (seq, at, hash) values (0, null, decode(repeat('00', 32), 'hex'));

-- Where entries are handed in. They join the chain when their transaction commits, and are gone from here.
create table audit.inbox (
  id bigint generated always as identity primary key,
  entry text not null check (entry is json object and octet_length(entry) <= 8192)
);

-- Calendar months of UTC: neither daylight saving nor the time zone of the session has a say.
create function audit.expires_at(at timestamptz) returns timestamptz language sql immutable
return (at at time zone 'UTC' + interval '18 months') at time zone 'UTC';

-- Links a row to the one before. The lock makes one order of all transactions; it is taken as they commit.
create function audit.link() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  last record;
begin
  perform pg_advisory_xact_lock(x'61756469'::int);
  select e.seq, e.at, e.hash into last from audit.entries e order by e.seq desc limit 1;
  if not found then
    select c.seq, c.at, c.hash into last from audit.checkpoint c;
  end if;
  new.seq := last.seq + 1;
  new.at := greatest(date_trunc('milliseconds', clock_timestamp()), last.at);
  new.hash := sha256(last.hash || convert_to(
    format('{"at":"%s","entry":%s,"seq":%s}',
      to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), new.entry, new.seq),
    'UTF8'));
  return new;
end $$;

create function audit.take_in() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into audit.entries (entry) values (new.entry);
  delete from audit.inbox where id = new.id;
  return null;
end $$;

create function audit.refuse() returns trigger language plpgsql as $$
begin
  raise exception 'audit: % on % is not allowed', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;

-- A row goes only once the checkpoint has passed it.
create function audit.check_delete() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.seq > (select c.seq from audit.checkpoint c) then
    raise exception 'audit: row % is not pruned', old.seq using errcode = 'insufficient_privilege';
  end if;
  return old;
end $$;

-- The checkpoint only ever moves forward, to a row that is there and old enough.
create function audit.check_checkpoint() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.seq <= old.seq or not exists (
    select from audit.entries e
    where (e.seq, e.at, e.hash) = (new.seq, new.at, new.hash) and audit.expires_at(e.at) <= clock_timestamp()
  ) then
    raise exception 'audit: the checkpoint cannot move to row %', new.seq using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;

create trigger link before insert on audit.entries for each row execute function audit.link();
create trigger refuse_update before update on audit.entries for each row execute function audit.refuse();
create trigger check_delete before delete on audit.entries for each row execute function audit.check_delete();
create trigger refuse_truncate before truncate on audit.entries for each statement execute function audit.refuse();
create trigger check_checkpoint before update on audit.checkpoint
  for each row execute function audit.check_checkpoint();
create trigger refuse_change before insert or delete on audit.checkpoint
  for each row execute function audit.refuse();
create trigger refuse_truncate before truncate on audit.checkpoint
  for each statement execute function audit.refuse();
create constraint trigger take_in after insert on audit.inbox
  deferrable initially deferred for each row execute function audit.take_in();
create trigger refuse_update before update on audit.inbox for each row execute function audit.refuse();

-- Also in sessions that replicate.
alter table audit.entries enable always trigger link;
alter table audit.entries enable always trigger refuse_update;
alter table audit.entries enable always trigger check_delete;
alter table audit.entries enable always trigger refuse_truncate;
alter table audit.checkpoint enable always trigger check_checkpoint;
alter table audit.checkpoint enable always trigger refuse_change;
alter table audit.checkpoint enable always trigger refuse_truncate;
alter table audit.inbox enable always trigger take_in;
alter table audit.inbox enable always trigger refuse_update;

-- Takes away at most so many rows that are 18 months old, from the oldest end; how many.
create function audit.prune(most integer) returns integer language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  last bigint;
  pruned integer;
begin
  perform from audit.checkpoint for update;
  select max(o.seq) into last from (
    select f.seq, bool_and(audit.expires_at(f.at) <= clock_timestamp()) over (order by f.seq) as old
    from (select e.seq, e.at from audit.entries e order by e.seq limit most) f
  ) o where o.old;
  if last is null then
    return 0;
  end if;
  update audit.checkpoint c set seq = e.seq, at = e.at, hash = e.hash from audit.entries e where e.seq = last;
  delete from audit.entries where seq <= last;
  get diagnostics pruned = row_count;
  return pruned;
end $$;

-- Our user hands in and reads, and nothing else; the way to the keeper is closed again.
revoke execute on all functions in schema audit from public;
do $$
declare
  app constant name := current_setting('clipt.app_role');
  keeper constant name := current_user;
begin
  if app = keeper then
    return;
  end if;
  execute format('grant usage on schema audit to %I', app);
  execute format('grant select on audit.entries, audit.checkpoint to %I', app);
  execute format('grant insert (entry) on audit.inbox to %I', app);
  execute format('grant execute on function audit.prune, audit.expires_at to %I', app);
  perform set_config('role', app, true);
  if not (select rolsuper from pg_roles where rolname = app) then
    execute format('revoke %I from %I', keeper, app);
  end if;
end $$;

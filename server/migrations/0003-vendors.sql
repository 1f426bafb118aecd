-- What vendors bring: orders that may be uncertain, purchases, limits on what runs at once, waiting.

alter table videos
  -- The maker's own notes, given back as they came; at most 16 KB as JSON.
  add column metadata jsonb not null default '{}',
  -- A run that would cost more than this many credits stops before the purchase.
  add column max_credits integer check (max_credits > 0),
  -- What the current revision was expected to cost, in millionths of a US dollar.
  add column estimated_micro_usd bigint not null default 0,
  add column updated_at timestamptz not null default now();

create index videos_by_account on videos (account_id, id desc);

alter table scenes
  -- The take the maker chose; null lets the pipeline film or find one.
  add column take_id text,
  -- Raised by every wish for a new take.
  add column variant integer not null default 0,
  -- A picture to begin with, as a stored object.
  add column first_frame jsonb;

-- queued: more of the account's videos are wanted than may run at once.
alter table runs
  drop constraint runs_status_check,
  drop constraint runs_check,
  add constraint runs_status_check check (status in ('queued', 'running', 'succeeded', 'failed', 'canceled')),
  add constraint runs_finished_check check ((finished_at is null) = (status in ('queued', 'running'))),
  -- Why nothing moves at the moment; the run goes on by itself.
  add column waiting_for text check (waiting_for in ('provider', 'credits', 'capacity')),
  add column started_at timestamptz;
drop index runs_one_running;
create unique index runs_one_open on runs (video_id) where status in ('queued', 'running');
create index runs_queued on runs (account_id, created_at) where status = 'queued';
create index runs_by_video on runs (account_id, video_id, created_at desc);

alter table steps
  add column waiting_for text check (waiting_for in ('provider', 'capacity')),
  -- The lane whose permit it waits for; rung for when one is given back.
  add column waiting_lane text,
  -- When the vendor began to fail this step; null while it works.
  add column outage_since timestamptz,
  -- The model that works, for showing; null for steps without one.
  add column model text;
create index steps_by_waiting_lane on steps (waiting_lane, run_after) where waiting_lane is not null;

-- An order (`ordering`) exists before the vendor is asked; what became of it when nobody answered is found
-- out (`filming`) or, when the vendor knows of none, put on record (`unresolved`).
drop index takes_wanted_once;
alter table takes
  drop constraint takes_status_check,
  add constraint takes_status_check check (status in (
    'intended', 'ordering', 'filming', 'stored', 'failed', 'unresolved', 'canceled'
  )),
  add column source text not null default 'model' check (source in ('model', 'upload')),
  -- What was ordered, as it was sent; null before the order and for uploads.
  add column request jsonb,
  add column ordered_at timestamptz,
  -- SHA-256 of the part of the callback address that only the vendor knows.
  add column callback_hash text unique,
  -- How often an uncertain order was looked for.
  add column looks integer not null default 0,
  add column last_frame jsonb,
  -- A take that no run waits for any more is looked at again after this.
  add column check_after timestamptz not null default now(),
  add constraint takes_ordered_check check (status <> 'ordering' or (request is not null and ordered_at is not null));
create unique index takes_wanted_once on takes (account_id, clip_key, seconds)
  where status in ('intended', 'ordering', 'filming', 'stored') and source = 'model';
create unique index takes_by_task on takes (model, task_id) where task_id is not null;
create index takes_by_scene on takes (account_id, video_id, scene_id);
create index takes_in_flight on takes (model, check_after) where status in ('ordering', 'filming');

-- One paid thing. Held before the vendor is asked, settled once its result is stored, released on every
-- other end; uncertain when the vendor may have charged for what never reached us.
create table purchases (
  id text primary key,
  account_id text not null references accounts (id),
  video_id text references videos (id) on delete set null,
  run_id text references runs (id) on delete set null,
  scene_id text,
  step_id text,
  take_id text references takes (id) on delete set null,
  kind text not null check (kind in ('ideas', 'script', 'prompt', 'narration', 'clip', 'transcription')),
  model text not null,
  status text not null check (status in ('held', 'settled', 'released', 'uncertain')),
  unit text not null check (unit in ('tokens', 'characters', 'seconds')),
  -- As estimated while held, as charged once settled.
  units double precision not null check (units >= 0),
  cost_micro_usd bigint not null check (cost_micro_usd >= 0),
  -- The vendor's id of the request.
  reference text,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  check ((ended_at is null) = (status = 'held'))
);
create index purchases_by_video on purchases (account_id, video_id);
create index purchases_by_step on purchases (step_id) where status = 'held';
create unique index purchases_one_per_take on purchases (take_id) where status in ('held', 'settled');

-- Calls under way with a vendor key, over all processes. A holder without an expiry is a take.
create table permits (
  lane text not null,
  holder text not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (lane, holder)
);

alter table renders add column receipt jsonb not null default '[]';
create index renders_by_video on renders (account_id, video_id, created_at desc);

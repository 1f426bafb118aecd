-- What a user makes. Its brief and look live in numbered revisions.
create table videos (
  id text primary key,
  account_id text not null references accounts (id),
  -- What the maker calls it (a topic, a script's place), so that asking again finds it again.
  client_key text not null,
  title text not null,
  -- Keeps the footage of one film related, whatever is edited later.
  seed integer not null,
  current_revision_id text,
  created_at timestamptz not null default now(),
  unique (account_id, client_key)
);

create table revisions (
  id text primary key,
  account_id text not null references accounts (id),
  video_id text not null references videos (id),
  number integer not null,
  brief jsonb not null,
  look jsonb not null,
  -- SHA-256 of brief and look: the same wish is the same revision.
  content_hash text not null,
  created_at timestamptz not null default now(),
  unique (video_id, number),
  unique (video_id, content_hash)
);

alter table videos
  add constraint videos_current_revision foreign key (current_revision_id) references revisions (id);

-- One beat of a video as a revision has it. The scene id stays the same across revisions.
create table scenes (
  revision_id text not null references revisions (id),
  scene_id text not null,
  account_id text not null references accounts (id),
  video_id text not null references videos (id),
  position integer not null check (position >= 0),
  narration text not null,
  visual text not null,
  primary key (revision_id, scene_id),
  unique (revision_id, position)
);

-- One clip filmed for a scene. The row is written before the model is asked, so that a clip whose
-- order was interrupted is found again and never ordered twice.
create table takes (
  id text primary key,
  account_id text not null references accounts (id),
  video_id text not null references videos (id),
  scene_id text not null,
  model text not null,
  -- SHA-256 of everything the picture depends on but its length.
  clip_key text not null,
  seconds double precision not null check (seconds > 0),
  status text not null check (status in ('intended', 'filming', 'stored', 'failed')),
  task_id text,
  object jsonb,
  error_code text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (status <> 'filming' or task_id is not null),
  check (status <> 'stored' or object is not null)
);

create unique index takes_wanted_once on takes (account_id, clip_key, seconds) where status <> 'failed';

-- One execution of the pipeline over a revision.
create table runs (
  id text primary key,
  account_id text not null references accounts (id),
  video_id text not null references videos (id),
  revision_id text not null references revisions (id),
  status text not null check (status in ('running', 'succeeded', 'failed', 'canceled')),
  progress double precision not null default 0 check (progress between 0 and 1),
  error jsonb,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  check ((finished_at is null) = (status = 'running'))
);

-- A video has one running execution at a time.
create unique index runs_one_running on runs (video_id) where status = 'running';

create table steps (
  id text primary key,
  account_id text not null references accounts (id),
  run_id text not null references runs (id),
  kind text not null check (kind in (
    'moderate', 'script', 'voice', 'words', 'clip', 'segment', 'soundtrack', 'finish', 'check', 'store'
  )),
  -- Null for steps of the whole film.
  scene_id text,
  -- Order of the plan, for showing.
  position integer not null,
  depends_on text[] not null,
  status text not null check (status in (
    'pending', 'ready', 'running', 'waiting', 'succeeded', 'failed', 'canceled'
  )),
  cached boolean not null default false,
  -- Fencing number: grows with every claim; only the holder of the newest may write the result.
  attempt integer not null default 0,
  -- Failures so far, against the kind's limit.
  failures integer not null default 0,
  -- Times a worker vanished while holding it: work that kills its worker must end some day.
  losses integer not null default 0,
  progress double precision not null default 0 check (progress between 0 and 1),
  input_hash text,
  output jsonb,
  error jsonb,
  cpu_ms double precision not null default 0,
  run_after timestamptz not null default now(),
  worker_id text,
  lease_expires_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  unique nulls not distinct (run_id, kind, scene_id),
  check (status <> 'running' or (worker_id is not null and lease_expires_at is not null)),
  check (status <> 'succeeded' or (output is not null and input_hash is not null))
);

create index steps_by_run on steps (run_id);
create index steps_to_watch on steps (status, run_after) where status in ('ready', 'running', 'waiting');

-- Results by what they were made from; an edit redoes only the steps whose hash changed.
create table step_results (
  account_id text not null references accounts (id),
  kind text not null,
  input_hash text not null,
  output jsonb not null,
  created_at timestamptz not null default now(),
  primary key (account_id, kind, input_hash)
);

-- A finished film of one revision with all that belongs to it.
create table renders (
  id text primary key,
  account_id text not null references accounts (id),
  video_id text not null references videos (id),
  revision_id text not null references revisions (id),
  run_id text not null unique references runs (id),
  files jsonb not null,
  report jsonb not null,
  created_at timestamptz not null default now()
);

-- Processes that run steps; a dead one's steps are handed on at once.
create table workers (
  id text primary key,
  host text not null,
  pid integer not null,
  -- When that process started, so that a reused pid is not taken for it.
  process_started text not null,
  seen_at timestamptz not null default now()
);

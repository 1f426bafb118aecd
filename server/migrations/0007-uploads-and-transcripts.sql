-- Users' own files, and the captions that are made for them.

create table uploads (
  id text primary key,
  account_id text not null references accounts (id),
  kind text not null check (kind in ('video', 'audio', 'image')),
  -- created: the form is out; processing: there, probed, to be encoded anew; ready and rejected are final.
  status text not null check (status in ('created', 'processing', 'ready', 'rejected')),
  content_type text not null,
  size_bytes bigint not null check (size_bytes > 0),
  -- Where the form puts the bytes; null once nothing can be there any more.
  quarantine_key text unique,
  -- Where the newest attempt stores what it makes.
  target_key text,
  -- What was made, as a stored object, and what is in it.
  object jsonb,
  media jsonb,
  rejection jsonb,
  attempt integer not null default 0,
  failures integer not null default 0,
  lease_expires_at timestamptz,
  run_after timestamptz not null default now(),
  -- Until then it can be completed.
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  check ((status = 'ready') = (object is not null)),
  check ((status = 'rejected') = (rejection is not null)),
  check ((status in ('ready', 'rejected')) = (finished_at is not null))
);
create index uploads_by_account on uploads (account_id, id desc);
create index uploads_open on uploads (account_id) where status in ('created', 'processing');
create index uploads_due on uploads (run_after) where status = 'processing';
create index uploads_never_completed on uploads (expires_at) where status = 'created';
create index uploads_left_in_quarantine on uploads (created_at)
  where status in ('ready', 'rejected') and quarantine_key is not null;

create table transcripts (
  id text primary key,
  account_id text not null references accounts (id),
  upload_id text not null references uploads (id),
  status text not null check (status in ('queued', 'running', 'succeeded', 'failed')),
  -- Why nothing moves at the moment; it goes on by itself.
  waiting_for text check (waiting_for in ('provider', 'capacity')),
  -- What is said, where the user wrote it down; null leaves it to a recogniser.
  script text,
  style text not null,
  -- BCP 47, or null where nobody said.
  language text,
  burn boolean not null,
  -- The words with their times, kept as soon as they are known: hearing is what costs.
  heard jsonb,
  -- Below which prefix the newest attempt stores its files, and the files themselves once all are there.
  files_prefix text,
  files jsonb,
  error jsonb,
  attempt integer not null default 0,
  failures integer not null default 0,
  -- Attempts whose process ended without a word.
  losses integer not null default 0,
  -- When the vendor began to fail this transcript; null while it works.
  outage_since timestamptz,
  lease_expires_at timestamptz,
  run_after timestamptz not null default now(),
  -- Deleted by its user: gone to everybody but the one who clears its files away.
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  check ((status = 'succeeded') = (files is not null)),
  check ((status = 'failed') = (error is not null)),
  check ((status in ('succeeded', 'failed')) = (finished_at is not null))
);
create index transcripts_by_account on transcripts (account_id, id desc) where deleted_at is null;
create index transcripts_open on transcripts (account_id) where status in ('queued', 'running');
create index transcripts_due on transcripts (run_after) where status in ('queued', 'running');
create index transcripts_deleted on transcripts (deleted_at) where deleted_at is not null;
create index transcripts_by_upload on transcripts (upload_id);

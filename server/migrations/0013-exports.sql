-- What people get of everything that is kept of them: one archive, made by a worker, kept for a week.
create table exports (
  id text primary key,
  account_id text not null references accounts (id),
  status text not null check (status in ('queued', 'running', 'ready', 'failed')),
  include_media boolean not null,
  -- Where the newest attempt stores it.
  object_key text unique,
  size_bytes bigint,
  -- Of the whole archive.
  sha256 text,
  error_code text,
  attempt integer not null default 0,
  failures integer not null default 0,
  lease_expires_at timestamptz,
  run_after timestamptz not null default now(),
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  -- When it goes; null until it is ready.
  expires_at timestamptz,
  check ((status = 'ready') = (size_bytes is not null)),
  check ((status = 'ready') = (sha256 is not null)),
  check ((status = 'ready') = (expires_at is not null)),
  check ((status = 'failed') = (error_code is not null)),
  check ((status in ('ready', 'failed')) = (finished_at is not null))
);
create index exports_by_account on exports (account_id, id desc);
create index exports_due on exports (run_after) where status in ('queued', 'running');
create index exports_by_age on exports (created_at);

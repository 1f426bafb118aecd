-- Accounts that are given up: stopped at once, restorable for thirty days, then purged.

alter table webhook_endpoints
  drop constraint webhook_endpoints_disabled_reason_check,
  -- account_deleted: until the account is restored.
  add constraint webhook_endpoints_disabled_reason_check
    check (disabled_reason in ('owner', 'gone', 'failing', 'account_deleted'));

-- What was purged, in opaque ids and figures alone.
create table purges (
  account_id text primary key,
  deleted_at timestamptz not null,
  purged_at timestamptz not null default now(),
  -- Rows removed, by table.
  rows jsonb not null,
  objects integer not null,
  size_bytes bigint not null
);

-- Sessions that might still have restored an account when it was purged, so that their browsers are told that it is gone.
-- The hash of a random token names nobody.
create table purged_sessions (
  token_hash bytea primary key check (length(token_hash) = 32),
  expires_at timestamptz not null
);
create index purged_sessions_by_age on purged_sessions (expires_at);

-- A video and its current revision refer to each other, and go and come together.
alter table videos alter constraint videos_current_revision deferrable;

-- What refers to a row is found without reading the whole table when the row goes.
create index scenes_by_video on scenes (video_id);
create index takes_by_video on takes (video_id);
create index runs_by_revision on runs (revision_id);
create index renders_by_revision on renders (revision_id);
create index renders_of_video on renders (video_id);
create index runs_of_video on runs (video_id);
create index purchases_of_video on purchases (video_id) where video_id is not null;
create index purchases_of_run on purchases (run_id) where run_id is not null;
create index purchases_of_take on purchases (take_id) where take_id is not null;

-- What happened, for streams and webhooks. Events outlive their videos, so nothing refers to them.
create table events (
  id text primary key,
  account_id text not null references accounts (id),
  -- Null for what concerns the account as a whole.
  video_id text,
  type text not null,
  -- Grows by one within a video; 0 for the account's own.
  sequence integer not null,
  data jsonb not null,
  created_at timestamptz not null default now(),
  unique (video_id, sequence)
);
create index events_by_account on events (account_id, id desc);
create index events_by_age on events (created_at);

-- The newest number of each video, which outlives its events: old events go, and numbers are never given twice.
create table event_counts (
  video_id text primary key references videos (id) on delete cascade,
  account_id text not null references accounts (id),
  latest integer not null check (latest > 0)
);

-- Where an account wants its events sent.
create table webhook_endpoints (
  id text primary key,
  account_id text not null references accounts (id),
  url text not null,
  description text not null,
  -- Null for all types.
  events text[] check (events <> '{}'),
  -- Sealed under the installation's secret; the previous one signs beside it for a while after a rotation.
  secret bytea not null,
  previous_secret bytea,
  previous_until timestamptz,
  status text not null default 'active' check (status in ('active', 'disabled')),
  -- owner: the account's own wish; gone: it answered 410; failing: too many events failed one after the other.
  disabled_reason text check (disabled_reason in ('owner', 'gone', 'failing')),
  -- Events given up on since the last that arrived.
  consecutive_failures integer not null default 0,
  failing_since timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((previous_secret is null) = (previous_until is null)),
  check ((status = 'disabled') = (disabled_reason is not null))
);
create index webhook_endpoints_by_account on webhook_endpoints (account_id, id desc);

-- One event on its way to one endpoint, and afterwards the log of it.
create table webhook_deliveries (
  id text primary key,
  account_id text not null references accounts (id),
  endpoint_id text not null references webhook_endpoints (id) on delete cascade,
  event_id text not null,
  event_type text not null,
  -- 0 for the first time, then one more each time it is sent again by wish.
  resend integer not null default 0,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  -- Fences: what an older attempt finds out does not count.
  attempt integer not null default 0,
  -- Attempts that came to an end.
  tries integer not null default 0,
  next_attempt_at timestamptz,
  lease_expires_at timestamptz,
  -- When somebody looks whether its bell was lost.
  look_after timestamptz not null default now() + interval '10 seconds',
  -- Of the last try: what was answered, in what time, and what went wrong. Never a body.
  status_code integer,
  duration_ms integer,
  error_code text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (endpoint_id, event_id, resend),
  check ((status = 'pending') = (next_attempt_at is not null)),
  check (status = 'pending' or lease_expires_at is null)
);
create index webhook_deliveries_by_endpoint on webhook_deliveries (endpoint_id, id desc);
create index webhook_deliveries_lost on webhook_deliveries (look_after) where status = 'pending';
create index webhook_deliveries_by_age on webhook_deliveries (created_at);

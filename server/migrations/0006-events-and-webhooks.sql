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

-- Where an account wants to be told of events.
create table webhook_endpoints (
  id text primary key,
  account_id text not null references accounts (id),
  url text not null,
  description text not null default '',
  -- The types it is told of; null means all.
  events text[] check (cardinality(events) > 0),
  -- Signing secrets, encrypted under the installation's own.
  secret bytea not null,
  -- After a rotation the former secret signs too, until then.
  former_secret bytea,
  former_until timestamptz,
  status text not null default 'active' check (status in ('active', 'disabled')),
  disabled_reason text check (disabled_reason in ('owner', 'gone', 'failing')),
  -- Attempts that failed since the last that did not.
  consecutive_failures integer not null default 0,
  failing_since timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((former_secret is null) = (former_until is null)),
  check ((status = 'disabled') = (disabled_reason is not null))
);
create index webhook_endpoints_by_account on webhook_endpoints (account_id, id desc);

-- One event on its way to one endpoint, with what came of it; never what the endpoint replied.
create table webhook_deliveries (
  id text primary key,
  account_id text not null references accounts (id),
  event_id text not null references events (id) on delete cascade,
  endpoint_id text not null references webhook_endpoints (id) on delete cascade,
  -- 0 for the first time, then one more each time it is sent again by wish.
  resend integer not null default 0,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  -- Also the claim's number: only the newest attempt writes what came of it.
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  lease_expires_at timestamptz,
  -- When somebody looks whether its bell was lost.
  look_after timestamptz not null default now() + interval '10 seconds',
  last_status integer,
  last_error_code text,
  duration_ms integer,
  last_attempt_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  unique (event_id, endpoint_id, resend),
  check ((status = 'pending') = (finished_at is null))
);
create index webhook_deliveries_by_endpoint on webhook_deliveries (endpoint_id, id desc);
create index webhook_deliveries_by_age on webhook_deliveries (created_at);
create index webhook_deliveries_lost on webhook_deliveries (look_after) where status = 'pending';

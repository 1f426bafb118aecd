-- Staff who look at an account, for its person's sake: whose it is, who looks, why, and for how long. The token that the
-- browser holds beside its session is kept as SHA-256 alone.
create table impersonations (
  id text primary key,
  token_hash bytea not null unique check (length(token_hash) = 32),
  account_id text not null references accounts (id) on delete cascade,
  admin_id text not null references accounts (id) on delete cascade check (admin_id <> account_id),
  -- The session it belongs to and ends with; sessions are forgotten before this is.
  session_id text not null,
  reason text not null check (char_length(reason) between 10 and 500),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null check (expires_at <= created_at + interval '30 minutes'),
  ended_at timestamptz check (ended_at >= created_at),
  -- Why it ended.
  ending text check (ending in ('stopped', 'expired', 'session_over', 'not_staff', 'account_changed')),
  check ((ended_at is null) = (ending is null))
);
-- A session looks at one account at a time.
create unique index impersonations_under_way on impersonations (session_id) where ended_at is null;
create index impersonations_by_account on impersonations (account_id, created_at desc);
create index impersonations_by_admin on impersonations (admin_id);

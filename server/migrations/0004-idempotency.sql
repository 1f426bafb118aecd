-- Answers kept for clients that ask again. A row without an answer is a request under way.
create table idempotency_keys (
  account_id text not null references accounts (id),
  -- Method and path as asked, ids included.
  route text not null,
  key text not null,
  -- SHA-256 of the canonical body: another body under the same key is a mistake.
  body_hash text not null,
  -- Who works on it; only they may store the answer.
  holder text not null,
  locked_until timestamptz not null,
  answer jsonb,
  created_at timestamptz not null default now(),
  primary key (account_id, route, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

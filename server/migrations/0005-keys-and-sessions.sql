-- Credentials. Nothing here can be used by who reads the table: tokens and keys are kept as SHA-256 alone.

create table api_keys (
  id text primary key,
  account_id text not null references accounts (id),
  -- The part of the key that may be seen.
  public_id text not null unique check (length(public_id) = 12),
  key_hash bytea not null check (length(key_hash) = 32),
  -- After a rotation the former key works until then.
  former_hash bytea check (length(former_hash) = 32),
  former_public_id text unique,
  former_until timestamptz,
  name text not null,
  scopes text[] not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  check ((former_hash is null) = (former_until is null)),
  check ((former_hash is null) = (former_public_id is null))
);
create index api_keys_by_account on api_keys (account_id, id desc);

create table sessions (
  id text primary key,
  account_id text not null references accounts (id),
  token_hash bytea not null unique check (length(token_hash) = 32),
  -- What the browser calls itself, shortened, and roughly where it was.
  device text not null,
  place text not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_by_account on sessions (account_id, id desc);

create table sign_in_links (
  token_hash bytea primary key check (length(token_hash) = 32),
  account_id text not null references accounts (id),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

-- The second factor of an account: a secret that its authenticator app knows too, and codes for when the app is lost.

create table second_factors (
  account_id text primary key references accounts (id),
  -- Sealed under a key of the installation; it is opened to check a code and never shown again.
  secret bytea not null,
  -- Null until a first code has shown that the app knows the secret; till then nobody is asked for one.
  confirmed_at timestamptz,
  -- The newest 30 s step since 1970 whose code was taken; no code of it or of one before is taken again.
  last_step bigint not null default 0,
  -- When wrong codes came lately, and until when none is taken.
  failed_at timestamptz[] not null default '{}',
  locked_until timestamptz,
  created_at timestamptz not null
);

-- SHA-256 of 120 random bits each; a code that was used stays, so that it is known how many are left of how many.
create table recovery_codes (
  account_id text not null references second_factors (account_id) on delete cascade,
  code_hash bytea not null check (length(code_hash) = 32),
  used_at timestamptz,
  primary key (account_id, code_hash)
);

-- Wrong codes in a row; some of them end the session.
alter table sessions add column wrong_codes integer not null default 0;

-- One person's clipt account; everything a user owns hangs on it.
create table accounts (
  id text primary key,
  -- `owner` is whoever runs an installation without sign-in; there is exactly one.
  kind text not null check (kind in ('owner')),
  -- Random first part of every storage key of the account, so that one prefix can be removed whole.
  storage_prefix text not null unique,
  created_at timestamptz not null default now()
);

create unique index accounts_one_owner on accounts (kind) where kind = 'owner';

-- People who sign in: accounts with an e-mail address, the identities they sign in by, and how far a session has come.

alter table accounts
  drop constraint accounts_kind_check,
  add constraint accounts_kind_check check (kind in ('owner', 'user')),
  -- As the identity provider told it last, in lower case. It names nobody: identities do.
  add column email text check (email = lower(email)),
  add column name text,
  add column telemetry_opt_out boolean not null default false,
  -- Deletion was asked for: nothing works but restoring, until the purge.
  add column deleted_at timestamptz,
  add column purge_after timestamptz,
  add constraint accounts_deletion_check check ((deleted_at is null) = (purge_after is null));
create index accounts_to_purge on accounts (purge_after) where purge_after is not null;
create index accounts_by_email on accounts (email) where email is not null;

-- Who somebody is at an identity provider: its issuer and what it calls the person there, and nothing else.
create table identities (
  issuer text not null,
  subject text not null check (length(subject) between 1 and 255),
  account_id text not null references accounts (id),
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  primary key (issuer, subject)
);
create index identities_by_account on identities (account_id);

alter table sessions
  -- `second_factor` and `restore` are let through to that alone.
  add column stage text not null default 'full' check (stage in ('full', 'second_factor', 'restore')),
  -- When the person last proved who they are.
  add column proved_at timestamptz;

-- Mail to the person of an account: what it tells until it was sent, and then the record that it was. Never its text.
create table mails (
  id text primary key,
  -- Null once the account is purged: what tells of the purge is sent all the same.
  account_id text references accounts (id) on delete set null,
  kind text not null check (kind in (
    'new_sign_in', 'two_factor_changed', 'key_created', 'export_ready', 'deletion_scheduled', 'deletion_done',
    'staff_access')),
  -- Where it goes and what it tells; both are forgotten once it was sent or given up.
  address text,
  details jsonb,
  status text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
  -- Fences: what an older attempt finds out does not count.
  attempt integer not null default 0,
  -- Attempts that came to an end.
  tries integer not null default 0,
  -- Resend knows a repeat for a day after the first.
  first_tried_at timestamptz,
  next_attempt_at timestamptz,
  lease_expires_at timestamptz,
  -- When somebody looks whether its bell was lost.
  look_after timestamptz not null default now() + interval '10 seconds',
  -- How the last try failed.
  error_code text,
  -- What Resend calls it.
  vendor_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((status = 'pending') = (address is not null)),
  check ((status = 'pending') = (details is not null)),
  check ((status = 'pending') = (next_attempt_at is not null)),
  check (status = 'pending' or lease_expires_at is null)
);
create index mails_by_account on mails (account_id);
create index mails_lost on mails (look_after) where status = 'pending';
create index mails_by_age on mails (created_at);

-- When somebody last looked for stored files of the account that no row names.
alter table accounts add column swept_at timestamptz;
create index accounts_to_sweep on accounts (swept_at nulls first);

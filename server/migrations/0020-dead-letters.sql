-- What failed for good is looked through by those who run the installation, and sent again by them.
alter table mails
  -- When another mail was made in the place of one that was given up.
  add column retried_at timestamptz check (retried_at is null or status = 'failed');

create index webhook_deliveries_failed on webhook_deliveries (id desc) where status = 'failed';
create index mails_failed on mails (id desc) where status = 'failed' and retried_at is null;
create index purchases_uncertain on purchases (id desc) where status = 'uncertain';

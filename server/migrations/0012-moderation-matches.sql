-- What moderation refused: who, when and by which rule. Never the text, a part of it, or a hash.

create table moderation_matches (
  id text primary key,
  account_id text not null references accounts (id),
  category text not null check (length(category) <= 40),
  -- The id of a term of the list in use at that time.
  rule_id text not null check (length(rule_id) <= 64),
  created_at timestamptz not null default now()
);
create index moderation_matches_by_account on moderation_matches (account_id, id desc);

-- What is done now and then by whichever process comes first: one row for each period in which a job was begun.
create table job_runs (
  name text not null,
  -- When the period began.
  period timestamptz not null,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  outcome text check (outcome in ('succeeded', 'failed')),
  -- How much of what was done.
  counts jsonb,
  error_code text,
  primary key (name, period),
  check ((ended_at is null) = (outcome is null)),
  check ((error_code is not null) = (outcome is not null and outcome = 'failed'))
);
create index job_runs_by_age on job_runs (started_at);

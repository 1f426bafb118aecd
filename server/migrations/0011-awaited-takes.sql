-- A clip step names the take it works on, which may be another scene's or another video's: whoever looks after takes
-- finds by it the steps that wait for one.
alter table steps add column take_id text references takes (id) on delete set null;
create index steps_by_take on steps (take_id) where take_id is not null;

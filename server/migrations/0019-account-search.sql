-- Staff look for accounts by how their addresses begin, which an index finds only where letters are compared as bytes.
drop index accounts_by_email;
create index accounts_by_email on accounts (email collate "C") where email is not null;

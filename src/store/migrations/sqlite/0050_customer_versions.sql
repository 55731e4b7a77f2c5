-- Counts the changes of a customer, so that two who edit the same one do not undo each other.
ALTER TABLE customers ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

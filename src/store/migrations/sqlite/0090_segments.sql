-- Who had the contact, from when to when.
ALTER TABLE interactions ADD COLUMN segments TEXT NOT NULL DEFAULT '[]';

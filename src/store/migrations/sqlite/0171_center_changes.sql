-- The version of the center in which an object became what it is.
ALTER TABLE center_objects ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
UPDATE center_objects SET version = (SELECT COALESCE(MAX(version), 0) FROM center_versions);

-- What each version of the center changed, object by object.
CREATE TABLE center_changes (
    version INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (version, kind, key)
);
CREATE INDEX center_changes_of ON center_changes (kind, key, version);

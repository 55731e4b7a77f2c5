-- Flows that somebody is at, and that lead nobody yet. `text` without a value: there is none now.
CREATE TABLE flow_drafts (
    key     TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    base    BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    author  TEXT NOT NULL,
    text    TEXT
);

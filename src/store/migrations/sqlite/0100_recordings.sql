-- What is known of a recording whose file is whole, or was. key: id of the master key; NULL: in clear.
CREATE TABLE recordings (
    interaction TEXT PRIMARY KEY,
    path        TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    complete    INTEGER NOT NULL,
    channels    INTEGER NOT NULL,
    key         TEXT,
    at          INTEGER NOT NULL,
    deleted     INTEGER,
    deleted_by  TEXT
);
CREATE INDEX recordings_kept ON recordings (at, interaction) WHERE deleted IS NULL;
-- Nothing of these is deleted.
CREATE TABLE holds (
    interaction TEXT PRIMARY KEY,
    at          INTEGER NOT NULL,
    user_name   TEXT NOT NULL,
    reason      TEXT NOT NULL
);
-- Who heard, held, freed or deleted what.
CREATE TABLE recording_log (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    interaction TEXT NOT NULL,
    at          INTEGER NOT NULL,
    user_name   TEXT NOT NULL,
    what        TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX recording_log_interaction ON recording_log (interaction, seq);

-- When rules act on a record: once for each due time. `done`: it was, and stays to tell so.
CREATE TABLE record_timers (
    kind   TEXT NOT NULL,
    record BIGINT NOT NULL,
    rule   TEXT NOT NULL,
    due    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    done   BIGINT,
    PRIMARY KEY (kind, record, rule, due)
);
CREATE INDEX record_timers_at ON record_timers (at) WHERE done IS NULL;

-- How far the records of a kind are as a version of it wants them (`due`: known to its rules, `value`: reckoned):
-- the last one that was looked at, -1 when it was the last of all.
CREATE TABLE record_passes (
    kind    TEXT NOT NULL,
    what    TEXT NOT NULL,
    version BIGINT NOT NULL,
    after   BIGINT NOT NULL,
    PRIMARY KEY (kind, what)
);

-- Rules that act at a time of the day: the next time, and the last record it was done to.
CREATE TABLE record_schedules (
    kind  TEXT NOT NULL,
    rule  TEXT NOT NULL,
    text  TEXT NOT NULL,
    at    BIGINT NOT NULL,
    after BIGINT NOT NULL,
    PRIMARY KEY (kind, rule)
);

-- What a rule is still to do beside the record: written with what caused it, gone with what it did.
CREATE TABLE record_outbox (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind   TEXT NOT NULL,
    record BIGINT NOT NULL,
    rule   TEXT NOT NULL,
    at     BIGINT NOT NULL,
    work   TEXT NOT NULL
);
CREATE INDEX record_outbox_at ON record_outbox (at, id);

-- Whose turn it was last.
CREATE TABLE record_turns (
    kind   TEXT NOT NULL,
    rule   TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (kind, rule)
);

-- What people were told by rules.
CREATE TABLE record_told (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    person TEXT NOT NULL,
    at     BIGINT NOT NULL,
    kind   TEXT NOT NULL,
    record BIGINT NOT NULL,
    rule   TEXT NOT NULL,
    path   TEXT,
    read   BIGINT
);
CREATE INDEX record_told_person ON record_told (person, id);
CREATE INDEX record_told_record ON record_told (kind, record);

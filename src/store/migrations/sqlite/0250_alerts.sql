-- Figures of the wallboard that were beyond their limits; ids grow with time. `events`: how many it has had.
CREATE TABLE alerts (
    id     INTEGER PRIMARY KEY,
    ended  INTEGER,
    events INTEGER NOT NULL,
    json   TEXT NOT NULL
);
CREATE INDEX alerts_open ON alerts (id) WHERE ended IS NULL;
CREATE INDEX alerts_over ON alerts (ended) WHERE ended IS NOT NULL;

CREATE TABLE alert_events (
    alert INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    seq   INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    json  TEXT NOT NULL,
    PRIMARY KEY (alert, seq)
);

-- Mails about them, and what programs are told (`way`: mail, webhook). `next`: when it is tried (again).
CREATE TABLE alert_letters (
    id        INTEGER PRIMARY KEY,
    alert     INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    seq       INTEGER NOT NULL,
    way       TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject   TEXT NOT NULL,
    body      TEXT NOT NULL,
    at        INTEGER NOT NULL,
    state     TEXT NOT NULL,
    tries     INTEGER NOT NULL,
    next      INTEGER,
    trouble   TEXT,
    done      INTEGER,
    UNIQUE (alert, seq, way, recipient)
);
CREATE INDEX alert_letters_waiting ON alert_letters (way, next) WHERE state = 'waiting';

-- Campaigns that were loaded or started; what is said of each stands in the center. `kept` is what its pacer has to
-- remember, of the highest `seq`; `began`: when it was started first.
CREATE TABLE campaigns (
    id         INTEGER PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL,
    began      INTEGER,
    changed    INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    kept       TEXT
);

-- Whom they call. `person` is a digest of the number; `ended_as`: how it ended for good; `due`: not before.
CREATE TABLE campaign_entries (
    id       INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
    number   TEXT NOT NULL,
    person   INTEGER NOT NULL,
    name     TEXT NOT NULL,
    zone     TEXT NOT NULL,
    kind     INTEGER NOT NULL,
    fields   TEXT NOT NULL,
    tries    TEXT NOT NULL,
    due      INTEGER,
    ended_as TEXT,
    loaded   INTEGER NOT NULL
);
CREATE UNIQUE INDEX campaign_entries_person ON campaign_entries (campaign, person);
CREATE INDEX campaign_entries_open ON campaign_entries (campaign, id) WHERE ended_as IS NULL;
CREATE INDEX campaign_entries_number ON campaign_entries (number) WHERE ended_as IS NULL;

-- Every call, written before it is made. Nobody is in two calls at once.
CREATE TABLE campaign_attempts (
    campaign    INTEGER NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
    dial        INTEGER NOT NULL,
    entry       INTEGER NOT NULL,
    person      INTEGER NOT NULL,
    agent       INTEGER NOT NULL,
    begun       INTEGER NOT NULL,
    ended       INTEGER,
    outcome     TEXT,
    interaction TEXT,
    PRIMARY KEY (campaign, dial)
);
CREATE UNIQUE INDEX campaign_attempts_open ON campaign_attempts (person) WHERE ended IS NULL;
CREATE INDEX campaign_attempts_entry ON campaign_attempts (entry);

-- The certificate, some lines at once.
CREATE TABLE campaign_lines (
    campaign INTEGER NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
    seq      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    lines    TEXT NOT NULL,
    PRIMARY KEY (campaign, seq)
);

-- Numbers that no campaign calls.
CREATE TABLE do_not_call (
    number TEXT PRIMARY KEY,
    at     INTEGER NOT NULL,
    author TEXT NOT NULL,
    why    TEXT NOT NULL
);

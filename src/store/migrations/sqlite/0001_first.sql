-- Times are microseconds since 1970 UTC. Lists and objects are JSON text.

-- Skills, queues, agents, users, trunks, numbers, hours, reasons, dispositions and the center's own
-- settings: the center is one value, edited and versioned as a whole, so its objects share one table.
-- `id` is what the router and the interactions mention: AUTOINCREMENT never gives a number twice.
CREATE TABLE center_objects (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL,
    key      TEXT NOT NULL,
    name     TEXT NOT NULL,
    position INTEGER NOT NULL,
    body     TEXT NOT NULL,
    removed  INTEGER,
    UNIQUE (kind, key)
);

-- Every applied state of the center, as the TOML that gives it back.
CREATE TABLE center_versions (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    author  TEXT NOT NULL,
    toml    TEXT NOT NULL
);

CREATE TABLE organisations (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    key  TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
);

CREATE TABLE customers (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL,
    organisation INTEGER REFERENCES organisations (id),
    tier         TEXT,
    language     TEXT,
    tags         TEXT NOT NULL,
    notes        TEXT NOT NULL,
    updated      INTEGER NOT NULL
);

CREATE TABLE contact_points (
    customer INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    label    TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, value, customer)
);
CREATE INDEX contact_points_customer ON contact_points (customer);

CREATE TABLE orders (
    customer     INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    number       TEXT NOT NULL,
    placed       TEXT NOT NULL,
    item         TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    status       TEXT NOT NULL,
    PRIMARY KEY (customer, number)
);

CREATE TABLE customer_dates (
    customer INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    label    TEXT NOT NULL,
    date     TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (customer, label)
);

-- What a customer is found by; the terms are made by the program.
CREATE TABLE customer_terms (
    term     TEXT NOT NULL,
    customer INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    PRIMARY KEY (term, customer)
);
CREATE INDEX customer_terms_customer ON customer_terms (customer);

-- No foreign keys: a record is taken whatever became of its customer, queue or agent.
CREATE TABLE interactions (
    id            TEXT PRIMARY KEY,
    channel       TEXT NOT NULL,
    direction     TEXT NOT NULL,
    caller        TEXT,
    caller_text   TEXT NOT NULL,
    called        TEXT NOT NULL,
    customer      INTEGER,
    queue         INTEGER,
    agent         INTEGER,
    started       INTEGER NOT NULL,
    queued        INTEGER,
    answered      INTEGER,
    ended         INTEGER,
    wrap_up_ended INTEGER,
    hold_ms       INTEGER NOT NULL,
    outcome       TEXT,
    ended_by      TEXT,
    end_reason    TEXT,
    recording     TEXT,
    disposition   TEXT,
    notes         TEXT NOT NULL,
    menu_path     TEXT NOT NULL
);
CREATE INDEX interactions_started ON interactions (started, id);
CREATE INDEX interactions_customer ON interactions (customer, started);
CREATE INDEX interactions_agent ON interactions (agent, started);
CREATE INDEX interactions_queue ON interactions (queue, started);
CREATE INDEX interactions_caller ON interactions (caller, started);
CREATE INDEX interactions_open ON interactions (id) WHERE ended IS NULL;

CREATE TABLE interaction_events (
    interaction TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    detail      TEXT NOT NULL,
    PRIMARY KEY (interaction, seq)
) WITHOUT ROWID;

CREATE TABLE tasks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    interaction TEXT NOT NULL,
    kind        TEXT NOT NULL,
    customer    INTEGER,
    number      TEXT,
    due         INTEGER NOT NULL,
    note        TEXT NOT NULL,
    done        INTEGER,
    done_by     TEXT,
    UNIQUE (interaction, kind)
);
CREATE INDEX tasks_open ON tasks (due, id) WHERE done IS NULL;

-- Inputs of the router, for replay. `seq` is given by the writer before the row is on its way, so
-- that the same row is never there twice.
CREATE TABLE journal (
    seq  INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL,
    json TEXT NOT NULL
);
CREATE INDEX journal_at ON journal (at);

CREATE TABLE agent_states (
    seq    INTEGER PRIMARY KEY,
    agent  INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    state  TEXT NOT NULL,
    author TEXT NOT NULL
);
CREATE INDEX agent_states_agent ON agent_states (agent, seq);

-- Single values of the server, such as its last sign of life.
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    at   INTEGER NOT NULL
);

-- Sessions of browsers and tokens of programs, by the SHA-256 of their tokens: nothing here opens anything.
CREATE TABLE sessions (
    digest    TEXT PRIMARY KEY,
    user_name TEXT NOT NULL,
    stamp     TEXT NOT NULL,
    phone     TEXT,
    opened    INTEGER NOT NULL,
    used      INTEGER NOT NULL
);
CREATE INDEX sessions_used ON sessions (used);

CREATE TABLE programs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    digest     TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL UNIQUE,
    role       TEXT NOT NULL,
    agent      TEXT,
    created    INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires    INTEGER,
    used       INTEGER
);

-- Kinds of records: the version in force, and every version as it was written. `columns` says which column or table
-- holds which field (JSON): a field that is renamed keeps its column, one that is retired leaves it. The tables of the
-- kinds themselves (`record_ticket`, `record_ticket__parts`) are made when a version is published.
CREATE TABLE kinds (
    kind    TEXT PRIMARY KEY,
    version BIGINT NOT NULL
);

CREATE TABLE kind_versions (
    kind    TEXT NOT NULL,
    version BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    author  TEXT NOT NULL,
    source  TEXT NOT NULL,
    columns TEXT NOT NULL,
    PRIMARY KEY (kind, version)
);

-- What is numbered next, without holes.
CREATE TABLE record_numbers (
    kind  TEXT NOT NULL,
    scope TEXT NOT NULL,
    last  BIGINT NOT NULL,
    PRIMARY KEY (kind, scope)
);

-- What a record is found by; the terms are made by the program.
CREATE TABLE record_terms (
    term   TEXT NOT NULL,
    kind   TEXT NOT NULL,
    record BIGINT NOT NULL,
    PRIMARY KEY (term, kind, record)
);
CREATE INDEX record_terms_record ON record_terms (kind, record);

-- Every change with what stood there before and after (JSON), and what was said about a record.
CREATE TABLE record_changes (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT NOT NULL,
    record  BIGINT NOT NULL,
    version BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    author  TEXT NOT NULL,
    verb    TEXT NOT NULL,
    step    TEXT,
    detail  TEXT NOT NULL
);
CREATE INDEX record_changes_record ON record_changes (kind, record, id);

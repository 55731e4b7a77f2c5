-- What is done with many records in the background: an import, a change of all that a list shows. A job goes on where
-- it stood (`place`): a slice is written together with the place behind it.
CREATE TABLE record_jobs (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT NOT NULL,
    state   TEXT NOT NULL,
    dry     BIGINT NOT NULL,
    author  TEXT NOT NULL,
    role    TEXT NOT NULL,
    team    TEXT,
    at      BIGINT NOT NULL,
    ended   BIGINT,
    spec    TEXT NOT NULL,
    place   BIGINT NOT NULL,
    total   BIGINT,
    counts  TEXT NOT NULL,
    failure TEXT
);
CREATE INDEX record_jobs_state ON record_jobs (state, id);
CREATE INDEX record_jobs_kind ON record_jobs (kind, id);

-- What became of each row: of a file its line, of a change the record's place among them.
CREATE TABLE record_job_rows (
    job     BIGINT NOT NULL REFERENCES record_jobs (id) ON DELETE CASCADE,
    line    BIGINT NOT NULL,
    how     TEXT NOT NULL,
    record  BIGINT,
    version BIGINT,
    detail  TEXT,
    PRIMARY KEY (job, line)
);
CREATE INDEX record_job_rows_how ON record_job_rows (job, how, line);

-- Which column of a file goes to which field, as somebody said of a file with these headers.
CREATE TABLE record_mappings (
    kind    TEXT NOT NULL,
    headers TEXT NOT NULL,
    mapping TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (kind, headers)
);

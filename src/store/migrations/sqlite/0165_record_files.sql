-- Files beside records: what is in one stands in a folder, under its digest. `deleted`: taken away then.
CREATE TABLE record_files (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT NOT NULL,
    record  BIGINT NOT NULL,
    name    TEXT NOT NULL,
    size    BIGINT NOT NULL,
    digest  TEXT NOT NULL,
    at      BIGINT NOT NULL,
    author  TEXT NOT NULL,
    deleted BIGINT
);
CREATE INDEX record_files_record ON record_files (kind, record, id);
CREATE INDEX record_files_digest ON record_files (digest);

-- Creations that name a key, so that the same request made again makes nothing more.
CREATE TABLE record_creations (
    key    TEXT PRIMARY KEY,
    record BIGINT NOT NULL,
    at     BIGINT NOT NULL
);
CREATE INDEX record_creations_at ON record_creations (at);

-- Ways to look at the records of a kind, kept under a name: what stands in the address of the page.
CREATE TABLE record_views (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind   TEXT NOT NULL,
    owner  TEXT NOT NULL,
    name   TEXT NOT NULL,
    query  TEXT NOT NULL,
    shared BIGINT NOT NULL,
    at     BIGINT NOT NULL
);
CREATE INDEX record_views_kind ON record_views (kind, owner);

-- Creations that name a key, so that the same request made again creates nothing more.
CREATE TABLE creations (
    key      TEXT PRIMARY KEY,
    customer INTEGER NOT NULL,
    at       INTEGER NOT NULL
);
CREATE INDEX creations_at ON creations (at);

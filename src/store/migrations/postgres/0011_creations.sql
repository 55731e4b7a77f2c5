-- Creations that name a key, so that the same request made again creates nothing more.
CREATE TABLE creations (
    key      TEXT PRIMARY KEY,
    customer BIGINT NOT NULL,
    at       BIGINT NOT NULL
);
CREATE INDEX creations_at ON creations (at);

-- Digest of what the router did with each input (64 bits, as a signed number); NULL: not noted.
ALTER TABLE journal ADD COLUMN digest BIGINT;

-- The router's state after every input with a smaller `seq`. `start`: a new router, so a server started;
-- `inputs`: given to it since then. `settings` and `state` are JSON.
CREATE TABLE checkpoints (
    seq        BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    start      BIGINT NOT NULL,
    inputs     BIGINT NOT NULL,
    state_hash BIGINT NOT NULL,
    program    TEXT NOT NULL,
    settings   TEXT NOT NULL,
    state      TEXT NOT NULL
);
CREATE INDEX checkpoints_at ON checkpoints (at);

-- Digest of what the router did with each input (64 bits, as a signed number); NULL: not noted.
ALTER TABLE journal ADD COLUMN digest INTEGER;

-- The router's state after every input with a smaller `seq`. `start`: a new router, so a server started;
-- `inputs`: given to it since then. `settings` and `state` are JSON.
CREATE TABLE checkpoints (
    seq        INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    start      INTEGER NOT NULL,
    inputs     INTEGER NOT NULL,
    state_hash INTEGER NOT NULL,
    program    TEXT NOT NULL,
    settings   TEXT NOT NULL,
    state      TEXT NOT NULL
);
CREATE INDEX checkpoints_at ON checkpoints (at);

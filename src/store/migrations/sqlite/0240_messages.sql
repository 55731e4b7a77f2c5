-- What is written to customers. `once`: the word under which somebody sends it once; `next`: when it is tried (again).
CREATE TABLE messages (
    id          INTEGER PRIMARY KEY,
    customer    INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    interaction TEXT,
    channel     TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    subject     TEXT NOT NULL,
    body        TEXT NOT NULL,
    author      TEXT NOT NULL,
    at          INTEGER NOT NULL,
    state       TEXT NOT NULL,
    tries       INTEGER NOT NULL,
    next        INTEGER,
    trouble     TEXT,
    done        INTEGER,
    once        TEXT UNIQUE
);
CREATE INDEX messages_of ON messages (customer, id);
CREATE INDEX messages_waiting ON messages (next) WHERE state = 'waiting';

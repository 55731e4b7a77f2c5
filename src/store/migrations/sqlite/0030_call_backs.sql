-- Which earlier contact this one goes on from.
ALTER TABLE interactions ADD COLUMN linked TEXT;
CREATE INDEX interactions_linked ON interactions (linked) WHERE linked IS NOT NULL;

-- Customers who keep a place in a line; `ended` is when it was over. `json` is the whole call-back.
CREATE TABLE call_backs (
    interaction TEXT PRIMARY KEY,
    arrived     INTEGER NOT NULL,
    ended       INTEGER,
    json        TEXT NOT NULL
);
CREATE INDEX call_backs_open ON call_backs (arrived, interaction) WHERE ended IS NULL;

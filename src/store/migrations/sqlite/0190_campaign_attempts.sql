-- A call of a campaign may be nobody's until it is answered. SQLite lifts NOT NULL only with the table.
CREATE TABLE campaign_attempts_new (
    campaign    INTEGER NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
    dial        INTEGER NOT NULL,
    entry       INTEGER NOT NULL,
    person      INTEGER NOT NULL,
    agent       INTEGER,
    begun       INTEGER NOT NULL,
    ended       INTEGER,
    outcome     TEXT,
    interaction TEXT,
    PRIMARY KEY (campaign, dial)
);
INSERT INTO campaign_attempts_new SELECT campaign, dial, entry, person, agent, begun, ended, outcome, interaction
FROM campaign_attempts;
DROP TABLE campaign_attempts;
ALTER TABLE campaign_attempts_new RENAME TO campaign_attempts;
CREATE UNIQUE INDEX campaign_attempts_open ON campaign_attempts (person) WHERE ended IS NULL;
CREATE INDEX campaign_attempts_entry ON campaign_attempts (entry);

-- How well contacts were handled. `card`: the scorecard as it was when the evaluation was begun; `answers`, `reckoned`:
-- JSON; scores are hundredths of a percent. `first_score`: what the agent disputed.
CREATE TABLE evaluations (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    interaction TEXT NOT NULL,
    scorecard   TEXT NOT NULL,
    card        TEXT NOT NULL,
    agent       INTEGER NOT NULL,
    queue       INTEGER,
    rater       TEXT NOT NULL,
    why         TEXT NOT NULL,
    stage       TEXT NOT NULL,
    answers     TEXT NOT NULL,
    reckoned    TEXT NOT NULL,
    fatal       INTEGER NOT NULL,
    score       INTEGER,
    coaching    TEXT NOT NULL,
    made        INTEGER NOT NULL,
    made_by     TEXT NOT NULL,
    submitted   INTEGER,
    objection   TEXT,
    disputed    INTEGER,
    first_score INTEGER,
    reply       TEXT,
    replied_by  TEXT,
    settled     INTEGER,
    UNIQUE (interaction, scorecard, rater)
);
CREATE INDEX evaluations_rater ON evaluations (rater, stage, id);
CREATE INDEX evaluations_agent ON evaluations (agent, id);
CREATE INDEX evaluations_disputed ON evaluations (id) WHERE stage = 'disputed';
CREATE INDEX evaluations_submitted ON evaluations (submitted);

-- Of those that the agent may see.
CREATE VIEW report_evaluations AS
    SELECT e.id AS evaluation, e.interaction AS contact, e.scorecard, a.key AS agent, q.key AS queue, e.rater, e.why, e.stage,
        e.score, e.fatal, e.submitted, e.disputed, e.first_score, e.settled
    FROM evaluations e
    LEFT JOIN center_objects a ON a.id = e.agent
    LEFT JOIN center_objects q ON q.id = e.queue
    WHERE e.submitted IS NOT NULL AND e.why <> 'calibration';

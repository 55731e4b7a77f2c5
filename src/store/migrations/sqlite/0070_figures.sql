-- Figures of times that are over for good, by the quarter of an hour. `at`: beginning of the interval;
-- `channel`, `skills` (sorted), `counts` and `times` are JSON.
CREATE TABLE figures_stays (
    at      INTEGER NOT NULL,
    queue   INTEGER NOT NULL,
    channel TEXT NOT NULL,
    skills  TEXT NOT NULL,
    counts  TEXT NOT NULL,
    PRIMARY KEY (at, queue, channel, skills)
);
CREATE TABLE figures_agents (
    at    INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    times TEXT NOT NULL,
    PRIMARY KEY (at, agent)
);
-- One row: everything before `until` is settled.
CREATE TABLE figures_settled (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    until INTEGER NOT NULL
);

-- The legs of calls that are up, so that another process may go on with the calls.
CREATE TABLE kept_legs (
    interaction TEXT NOT NULL,
    role        TEXT NOT NULL,
    json        TEXT NOT NULL,
    PRIMARY KEY (interaction, role)
);

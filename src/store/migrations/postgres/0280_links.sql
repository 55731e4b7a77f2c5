-- Links that open something once: `set_up` makes the first administrator, `invitation` lets somebody choose a password.
CREATE TABLE links (
    digest    TEXT PRIMARY KEY,
    opens     TEXT NOT NULL,
    user_name TEXT,
    made      BIGINT NOT NULL,
    expires   BIGINT NOT NULL
);

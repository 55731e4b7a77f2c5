-- Lists of a campaign: files, rows handed in, saved searches of records (`view`: the search, by its number). Entries
-- that were loaded before stand in list 0, which has no name.
CREATE TABLE campaign_lists (
    campaign BIGINT NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
    list     BIGINT NOT NULL,
    name     TEXT NOT NULL,
    view     BIGINT,
    loaded   BIGINT NOT NULL,
    author   TEXT NOT NULL,
    PRIMARY KEY (campaign, list)
);
CREATE UNIQUE INDEX campaign_lists_name ON campaign_lists (campaign, name);
ALTER TABLE campaign_entries ADD COLUMN list BIGINT NOT NULL DEFAULT 0;

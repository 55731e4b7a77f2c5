-- A call of a campaign may be nobody's until it is answered.
ALTER TABLE campaign_attempts ALTER COLUMN agent DROP NOT NULL;

-- The extension of a number stands beside it: one customer may have several behind one number.
ALTER TABLE contact_points ADD COLUMN extension TEXT NOT NULL DEFAULT '';
ALTER TABLE contact_points DROP CONSTRAINT contact_points_pkey;
ALTER TABLE contact_points ADD PRIMARY KEY (kind, value, customer, extension);

-- What the caller entered in the flow.
ALTER TABLE interactions ADD COLUMN entered TEXT NOT NULL DEFAULT '[]';

-- The extension of a number stands beside it: one customer may have several behind one number.
CREATE TABLE contact_points_new (
    customer  INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    value     TEXT NOT NULL,
    label     TEXT NOT NULL,
    position  INTEGER NOT NULL,
    extension TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (kind, value, customer, extension)
);
INSERT INTO contact_points_new (customer, kind, value, label, position)
    SELECT customer, kind, value, label, position FROM contact_points;
DROP TABLE contact_points;
ALTER TABLE contact_points_new RENAME TO contact_points;
CREATE INDEX contact_points_customer ON contact_points (customer);

-- What the caller entered in the flow.
ALTER TABLE interactions ADD COLUMN entered TEXT NOT NULL DEFAULT '[]';

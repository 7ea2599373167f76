-- What an import holds until it is recorded, in a temporary SQLite database.

-- What may be recorded, by its number in the import.
CREATE TABLE staged (
    number  INTEGER PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    deal    TEXT NOT NULL,
    about   INTEGER NOT NULL,       -- whether it is a record.* event
    event   BLOB NOT NULL
);
CREATE INDEX staged_about ON staged (deal, number) WHERE about;

-- What says the same as an earlier one, by that one's number.
CREATE TABLE doubles (number INTEGER PRIMARY KEY, first INTEGER NOT NULL);

-- The event by which the import opens a deal; refused where that event is.
CREATE TABLE openings (
    deal    TEXT PRIMARY KEY,
    number  INTEGER NOT NULL,
    refused INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- What the import brings into the records of its deals.
CREATE TABLE things (deal TEXT, kind TEXT, id TEXT, PRIMARY KEY (deal, kind, id)) WITHOUT ROWID;

-- The events that its erasures name.
CREATE TABLE erasures (id TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE refusals (number INTEGER PRIMARY KEY, kind INTEGER, detail TEXT, problems BLOB, extra BLOB);
CREATE TABLE warnings (number INTEGER, problem BLOB);
CREATE INDEX warnings_number ON warnings (number);

-- How often each line without an id stands in the import.
CREATE TABLE lines (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID;

-- The deals that gained events.
CREATE TABLE deals (number INTEGER PRIMARY KEY, deal TEXT UNIQUE);

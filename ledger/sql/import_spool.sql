-- The spool of an import: a temporary SQLite database that holds its events until they are recorded.

-- spool_tables --
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

-- How often each line without an id occurs in the import.
CREATE TABLE lines (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID;

-- The deals that gained events.
CREATE TABLE deals (number INTEGER PRIMARY KEY, deal TEXT UNIQUE);

-- stage_event --
-- Holds an event; no row where one of its id is held.
INSERT INTO staged (number, id, deal, about, event) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING;

-- staged_event --
-- The number and the event of an id.
SELECT number, event FROM staged WHERE id = ?;

-- staged_after --
-- The events after a number, in order.
SELECT number, event FROM staged WHERE number > ? ORDER BY number;

-- staged_record_events --
-- The record.* events of a deal between two places of the import.
SELECT event FROM staged WHERE about AND deal = ? AND number > ? AND number < ? ORDER BY number;

-- unstage_event --
-- Removes the event of a number.
DELETE FROM staged WHERE number = ?;

-- insert_duplicate --
-- Holds the number of an event that equals an earlier one, and that one's number.
INSERT INTO doubles (number, first) VALUES (?, ?);

-- refused_duplicates --
-- The events that equal one that is refused, with its refusal.
SELECT doubles.number, refusals.kind, refusals.detail, refusals.problems, refusals.extra
FROM doubles
JOIN refusals ON refusals.number = doubles.first
ORDER BY doubles.number;

-- insert_opening --
-- Holds the event that opens a deal, and whether it is refused; no row where another one opens it.
INSERT INTO openings (deal, number, refused) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- staged_opening --
-- The number of the event that opens a deal, and whether it is refused.
SELECT number, refused FROM openings WHERE deal = ?;

-- refuse_opening --
-- Marks the event that opens a deal as refused, if it has this number.
UPDATE openings SET refused = 1 WHERE deal = ? AND number = ?;

-- events_without_opening --
-- Number and deal of the events whose deal is opened by an event that is refused.
SELECT staged.number, staged.deal
FROM openings
JOIN staged ON staged.deal = openings.deal
WHERE openings.refused
ORDER BY staged.number;

-- stage_entity --
-- Holds an entity that the import adds to a deal.
INSERT INTO things (deal, kind, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- staged_entity --
-- One row if the import adds the entity.
SELECT 1 FROM things WHERE deal = ? AND kind = ? AND id = ?;

-- staged_ids --
-- Ids of the entities of one kind that the import adds to a deal.
SELECT id FROM things WHERE deal = ? AND kind = ? LIMIT ?;

-- stage_erasure --
-- Holds the id of an event that an erasure of the import names.
INSERT INTO erasures (id) VALUES (?) ON CONFLICT DO NOTHING;

-- staged_erasure --
-- One row if an erasure of the import names the event.
SELECT 1 FROM erasures WHERE id = ?;

-- insert_refusal --
-- Holds why the event of a number is not recorded.
INSERT OR REPLACE INTO refusals (number, kind, detail, problems, extra) VALUES (?, ?, ?, ?, ?);

-- refusals --
-- The refusals after a number, in the order of numbers.
SELECT number, kind, detail, problems, extra FROM refusals WHERE number > ? ORDER BY number;

-- insert_warning --
-- Holds a warning about the event of a number.
INSERT INTO warnings (number, problem) VALUES (?, ?);

-- warnings --
-- The warnings after so many, in the order of numbers, then of insertion.
SELECT number, problem FROM warnings ORDER BY number, rowid LIMIT -1 OFFSET ?;

-- count_line --
-- Counts one more occurrence of a line.
INSERT INTO lines (digest, times) VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET times = times + 1;

-- line_count --
-- How often a line was counted.
SELECT times FROM lines WHERE digest = ?;

-- insert_changed_deal --
-- Holds a deal that gained events.
INSERT INTO deals (deal) VALUES (?) ON CONFLICT DO NOTHING;

-- changed_deals --
-- The deals that gained events, in the order of insertion.
SELECT deal FROM deals ORDER BY number;

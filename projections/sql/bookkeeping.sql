-- Where a projection stands, and what it could not take in. Made in the schema of the projection, beside its own tables,
-- and gone with them: a projection is disposable.

-- One row: the projection's version, the rules by which its rows are made, and the last position of the log that its tables tell of.
CREATE TABLE progress (
    tenant      text        NOT NULL DEFAULT current_setting('parley.tenant'),
    version     integer     NOT NULL,
    made_by     text        NOT NULL,
    position    bigint      NOT NULL,
    moved_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant)
);

-- One row per event that failed again and again, alone: passed over, for a person to look at.
CREATE TABLE dead_letters (
    tenant      text        NOT NULL DEFAULT current_setting('parley.tenant'),
    position    bigint      NOT NULL,
    event_id    text        NOT NULL,
    attempts    integer     NOT NULL,
    error       text        NOT NULL,
    failed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, position)
);

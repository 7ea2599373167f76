-- Which migrations this database has had, and the hash of the file as it was then: an edited one is refused.
CREATE TABLE IF NOT EXISTS migrations (
    number      integer     NOT NULL PRIMARY KEY,
    name        text        NOT NULL,
    sha256      text        NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

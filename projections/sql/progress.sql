-- Every projection's own bookkeeping, row-level security and the digests of its rows.

-- progress_tables --
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


-- row_security --
-- After a projection's tables are made: each shows only the rows of the tenant that the transaction has named, and the
-- rows of a deal bear a keyed digest each.
DO $guard$
DECLARE
    table_name text;
BEGIN
    FOR table_name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format(
            'CREATE POLICY one_tenant ON %I USING (tenant = current_setting(''parley.tenant'', true))', table_name
        );
        IF EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = format('%I', table_name)::regclass AND attname = 'deal_id' AND NOT attisdropped
        ) THEN
            EXECUTE format('ALTER TABLE %I ADD COLUMN mac bytea', table_name);
            EXECUTE format('CREATE INDEX ON %I (deal_id) WHERE mac IS NULL', table_name);
        END IF;
    END LOOP;
END
$guard$;


-- signed_tables --
-- The tables of the entered schema whose rows bear digests.
SELECT relname::text
FROM pg_class
JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'mac' AND NOT attisdropped
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
ORDER BY relname;

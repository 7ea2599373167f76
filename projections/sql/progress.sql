-- Every projection's own bookkeeping, row-level security and the digests of its rows.

-- progress_tables --
-- The position of a projection, and what it could not handle. Made in the schema of the projection, beside its own tables,
-- and dropped with them: a projection is disposable.

-- One row: the projection's version, the rules by which its rows are made, and the last position of the log that its tables cover.
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

-- progress --
-- The version, the position and the time of the last change of the entered tables.
SELECT version, position, moved_at FROM progress;

-- tables_made_by --
-- The version of the entered tables and the rules that made their rows; null in tables without that column.
SELECT version, to_jsonb(progress) ->> 'made_by' FROM progress;

-- insert_progress --
-- Starts a projection at the beginning of the log.
INSERT INTO progress (version, made_by, position) VALUES (%(version)s, %(made_by)s, 0);

-- move_progress --
-- Notes the position that the rows include.
UPDATE progress SET position = %(position)s, moved_at = clock_timestamp();

-- insert_dead_letter --
-- Notes an event that was passed over.
INSERT INTO dead_letters (position, event_id, attempts, error)
VALUES (%(position)s, %(event)s, %(attempts)s, %(error)s);

-- dead_letters --
-- The events that were passed over, by position.
SELECT position, event_id FROM dead_letters ORDER BY position;

-- delete_rows_of_deals --
-- Removes the rows of some deals from one table.
DELETE FROM {table} WHERE deal_id = ANY (%(deals)s);

-- differing_deals --
-- Those of some deals of whose rows only one of two tables holds one.
SELECT DISTINCT row ->> 'deal_id'
FROM (
    (
        SELECT to_jsonb(t) - 'mac' AS row FROM {live} AS t WHERE deal_id = ANY (%(deals)s)
        EXCEPT ALL SELECT to_jsonb(t) - 'mac' FROM {fresh} AS t WHERE deal_id = ANY (%(deals)s)
    )
    UNION ALL
    (
        SELECT to_jsonb(t) - 'mac' AS row FROM {fresh} AS t WHERE deal_id = ANY (%(deals)s)
        EXCEPT ALL SELECT to_jsonb(t) - 'mac' FROM {live} AS t WHERE deal_id = ANY (%(deals)s)
    )
) AS different;

-- stray_rows_of_deals --
-- The deals of the rows of one table that the log does not have.
SELECT DISTINCT deal_id
FROM {table} AS t
WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.tenant = t.tenant AND e.deal_id = t.deal_id)
ORDER BY deal_id
LIMIT 100;

-- enter_schema --
-- Searches the projection's schema first until the transaction ends.
SET LOCAL search_path = {schema}, public;

-- plan_by_values --
-- Plans each statement by its values until the transaction ends. A plan for any values uses no index for a filter that may
-- be absent.
SET LOCAL plan_cache_mode = force_custom_plan;

-- comment_on_schema --
-- Says whose tables the schema holds.
COMMENT ON SCHEMA {schema} IS {comment};

-- rename_schema --
-- Gives a schema another name.
ALTER SCHEMA {schema} RENAME TO {name};

-- drop_schema --
-- Removes a projection's tables.
DROP SCHEMA IF EXISTS {schema} CASCADE;

-- unsigned_rows --
-- Place and content of the rows of a table that this transaction has written and that have no digest: those of other
-- transactions are not signed.
SELECT ctid::text, {content} FROM {table} AS t WHERE mac IS NULL AND xmin = pg_current_xact_id()::xid;

-- sign_rows --
-- Writes the digests of rows at these places.
UPDATE {table} AS t
SET mac = signed.mac
FROM unnest(%(places)s::text[], %(macs)s::bytea[]) AS signed (id, mac)
WHERE t.ctid = signed.id::tid;

-- sample_rows --
-- Content and digest of the first row of a table, and of a row without a digest if there is one.
(SELECT {content}, mac FROM {table} AS t WHERE mac IS NULL LIMIT 1)
UNION ALL
(SELECT {content}, mac FROM {table} AS t ORDER BY deal_id LIMIT 1);

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

-- The schema's migrations, the logs of a database, the tenant of a transaction, and backups of logs.

-- migrations_table --
-- Which migrations this database has had, and the hash of the file as it was then: an edited one is refused.
CREATE TABLE IF NOT EXISTS migrations (
    number      integer     NOT NULL PRIMARY KEY,
    name        text        NOT NULL,
    sha256      text        NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);


-- applied_migrations --
-- The migrations that were applied, by number.
SELECT number, sha256 FROM migrations ORDER BY number;


-- insert_log --
-- Names a log when it is first opened. Two logs never share a name, so one that nobody chose is made up.
INSERT INTO logs (tenant, origin)
VALUES (%(tenant)s, coalesce(%(origin)s, 'parley.invalid/' || %(tenant)s || '/' || gen_random_uuid()))
ON CONFLICT DO NOTHING;


-- set_tenant --
-- Names the tenant, until the transaction ends.
SELECT set_config('parley.tenant', %(tenant)b, true);


-- tenants --
-- The tenants whose logs the database holds. Read with row-level security off, which only some roles may.
SELECT tenant FROM logs ORDER BY tenant;


-- tenant_tables --
-- Every table that holds rows of tenants, with its columns in order; numbers that the table gives by itself left out.
SELECT relname, array_agg(attname::text ORDER BY attnum)
FROM pg_class
JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
GROUP BY relname
HAVING bool_or(attname = 'tenant')
ORDER BY relname;


-- log_extent --
-- The name of the tenant's log and its last position; no row where the tenant has no log.
SELECT origin, coalesce((SELECT max(position) FROM events WHERE tenant = logs.tenant), 0)
FROM logs
WHERE tenant = current_setting('parley.tenant');


-- pause_webhooks --
-- Send to no webhook of the log until each is made active again. Their outboxes stay.
UPDATE webhooks SET active = false, disabled_because = %(because)s
WHERE tenant = %(tenant)s AND removed_at IS NULL AND active;

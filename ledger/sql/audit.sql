-- The audit of a whole database, and the repair of the registry of entities.

-- audit_events --
-- A part of the log with every column that says a second time what the leaf says.
SELECT position, deal_id, version, id, type, recorded_at, recorded_by, leaf, leaf_hash, payload, salt, occurred_earliest, occurred_latest
FROM {{recorded_events}} AS e
WHERE tenant = %(tenant)b AND position > %(after)b::bigint AND position <= %(to)b::bigint
ORDER BY position;

-- audit_last_event --
-- The last event up to a position.
SELECT position, id, recorded_at
FROM events
WHERE tenant = %(tenant)b AND position <= %(to)b::bigint
ORDER BY position DESC
LIMIT 1;

-- audit_heads --
-- The tree heads of sizes in a range, each as it was last signed.
SELECT DISTINCT ON (size) size, signed_at, root, note
FROM log_checkpoints
WHERE tenant = %(tenant)b AND size > %(after)b::bigint AND size <= %(to)b::bigint
ORDER BY size, signed_at DESC;

-- audit_heads_before --
-- The tree heads of at most a size, the largest first, each as it was last signed.
SELECT DISTINCT ON (size) size, signed_at, root, note
FROM log_checkpoints
WHERE tenant = %(tenant)b AND size <= %(to)b::bigint
ORDER BY size DESC, signed_at DESC
LIMIT %(limit)b::bigint;

-- stray_payloads --
-- Payloads without an event.
SELECT p.position
FROM event_payload AS p
WHERE p.tenant = %(tenant)b AND NOT EXISTS (SELECT FROM events AS e WHERE e.tenant = p.tenant AND e.position = p.position)
ORDER BY p.position
LIMIT 100;

-- restored_payloads --
-- Positions of erased events that have a payload all the same. Only parley_eraser sees these rows.
SELECT p.position
FROM event_payload AS p
JOIN erased_events AS x ON x.tenant = p.tenant AND x.position = p.position
ORDER BY p.position
LIMIT 1000;

-- entities_of_deal --
-- The registry of one deal: which ids of each kind its record holds, and the version that first named each.
SELECT kind, id, version FROM things WHERE tenant = %(tenant)b AND deal_id = %(deal)b ORDER BY kind, id;

-- stray_entities --
-- Rows of the registry of deals that the log does not have.
SELECT DISTINCT t.deal_id
FROM things AS t
WHERE t.tenant = %(tenant)b AND NOT EXISTS (SELECT FROM events AS e WHERE e.tenant = t.tenant AND e.deal_id = t.deal_id)
ORDER BY t.deal_id
LIMIT 100;

-- repair_entities --
-- Lets the registry of one deal hold these rows, up to a version: what is not among them goes, unless an erased event may
-- have named it. Run by the owner of the tables; the application can only add.
WITH wanted AS (
    SELECT kind, id, version
    FROM unnest(%(kinds)s::text[], %(ids)s::text[], %(versions)s::integer[]) AS row (kind, id, version)
),
removed AS (
    DELETE FROM things AS t
    WHERE t.tenant = %(tenant)s AND t.deal_id = %(deal)s AND NOT t.version = ANY (%(erased)s::integer[])
        AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.kind = t.kind AND w.id = t.id)
    RETURNING 1
),
added AS (
    INSERT INTO things (tenant, deal_id, kind, id, version)
    SELECT %(tenant)s, %(deal)s, kind, id, version FROM wanted
    ON CONFLICT (tenant, deal_id, kind, id) DO UPDATE SET version = excluded.version
    WHERE things.version <> excluded.version AND NOT things.version = ANY (%(erased)s::integer[])
    RETURNING 1
)
SELECT (SELECT count(*) FROM removed) + (SELECT count(*) FROM added);

-- delete_stray_entities --
-- Takes away what the registry holds of deals that the log does not have.
WITH removed AS (
    DELETE FROM things AS t
    WHERE t.tenant = %(tenant)s
        AND NOT EXISTS (SELECT FROM events AS e WHERE e.tenant = t.tenant AND e.deal_id = t.deal_id)
    RETURNING 1
)
SELECT count(*) FROM removed;

-- audit_cosignatures --
-- Every cosignature, with the head that it is on (null where there is none).
SELECT c.size, c.vkey, c.stated_at, c.line, (
    SELECT note FROM log_checkpoints AS h WHERE h.tenant = %(tenant)b AND h.size = c.size ORDER BY signed_at LIMIT 1
)
FROM log_cosignatures AS c
WHERE c.tenant = %(tenant)b
ORDER BY c.size, c.vkey, c.stated_at;

-- audit_timestamps --
-- Every timestamp, and whether it is of a head of this log.
SELECT t.size, t.stated_at, t.note, t.response, EXISTS (
    SELECT FROM log_checkpoints AS h WHERE h.tenant = %(tenant)b AND h.size = t.size AND h.note = t.note
)
FROM log_timestamps AS t
WHERE t.tenant = %(tenant)b
ORDER BY t.size, t.stated_at;

-- clock_jumps --
-- Where the clock that dates tree heads went back: the head after was signed long before the head before it.
SELECT previous, signed_at
FROM (
    SELECT signed_at, lag(signed_at) OVER (ORDER BY size, signed_at) AS previous
    FROM log_checkpoints
    WHERE tenant = %(tenant)b
) AS heads
WHERE signed_at < previous - %(at_least)b::bigint * interval '1 microsecond';

-- audit_outbox --
-- Webhooks that claim to have come further than the log has, and messages about positions that the log does not have.
SELECT format('the webhook %%s has come to position %%s', id, position)
FROM webhooks
WHERE tenant = %(tenant)b AND removed_at IS NULL AND position > %(head)b::bigint
UNION ALL
SELECT format('the message %%s of the webhook %%s is about position %%s', m.id, m.webhook_id, m.position)
FROM webhook_messages AS m
WHERE m.tenant = %(tenant)b AND m.position > %(head)b::bigint
UNION ALL
SELECT format('the message %%s is of the webhook %%s, which there is none of', m.id, m.webhook_id)
FROM webhook_messages AS m
WHERE m.tenant = %(tenant)b
    AND NOT EXISTS (SELECT FROM webhooks AS w WHERE w.tenant = m.tenant AND w.id = m.webhook_id);

-- catalog --
-- What PostgreSQL knows of the tables of one schema, a fact a row: (table, kind, fact). The schema's own name is left out,
-- so that two schemas can be compared; so are the rights of a table's owner, and constraints that a column implies.
WITH tables AS (
    SELECT oid, relname, relkind, relrowsecurity, relforcerowsecurity, relowner, relacl
    FROM pg_class
    WHERE relnamespace = %(schema)s::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
)
SELECT relname::text AS "table", 'table' AS kind, format('kind %%s', relkind) AS fact FROM tables
UNION ALL
SELECT relname, 'row-security', format('enabled %%s, forced %%s', relrowsecurity, relforcerowsecurity) FROM tables
UNION ALL
SELECT relname, 'column', format(
    '%%s %%s%%s%%s%%s', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN ' not null' ELSE '' END,
    ' default ' || pg_get_expr(adbin, adrelid), ' identity ' || nullif(attidentity::text, '')
)
FROM tables
JOIN pg_attribute ON attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_attrdef ON adrelid = tables.oid AND adnum = attnum
UNION ALL
SELECT relname, 'constraint', format('%%s %%s', conname, pg_get_constraintdef(pg_constraint.oid))
FROM tables JOIN pg_constraint ON conrelid = tables.oid
WHERE contype <> 'n'
UNION ALL
SELECT tables.relname, 'index', replace(pg_get_indexdef(indexrelid), format('%%I.', %(schema)s), '')
FROM tables JOIN pg_index ON indrelid = tables.oid
WHERE indisvalid
UNION ALL
SELECT relname, 'policy', format(
    '%%s %%s %%s to %%s using %%s check %%s', polname, CASE WHEN polpermissive THEN 'permissive' ELSE 'restrictive' END,
    polcmd, polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
)
FROM tables JOIN pg_policy ON polrelid = tables.oid
UNION ALL
SELECT relname, 'trigger', format('%%s (%%s)', tgname, tgfoid::regproc)
FROM tables JOIN pg_trigger ON tgrelid = tables.oid
WHERE NOT tgisinternal
UNION ALL
SELECT relname, 'rule', rulename::text
FROM tables JOIN pg_rewrite ON ev_class = tables.oid
UNION ALL
SELECT relname, 'child-table', inhrelid::regclass::text
FROM tables JOIN pg_inherits ON inhparent = tables.oid
UNION ALL
SELECT relname, 'grant', format(
    '%%s to %%s%%s', privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
    CASE WHEN is_grantable THEN ' with grant option' ELSE '' END
)
FROM tables, aclexplode(relacl)
WHERE grantee <> relowner
UNION ALL
SELECT relname, 'grant', format(
    '%%s (%%s) to %%s%%s', privilege_type, attname, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
    CASE WHEN is_grantable THEN ' with grant option' ELSE '' END
)
FROM tables
JOIN pg_attribute ON attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
CROSS JOIN aclexplode(attacl)
WHERE grantee <> relowner;

-- catalog_settings --
-- Settings of the database or of our roles that change what a statement means, functions that shadow PostgreSQL's
-- own, and Parley's roles that could bypass row-level security.
SELECT format('the setting %%s of %%s', setting, coalesce('the role ' || nullif(setrole, 0)::regrole::text, 'the database'))
FROM pg_db_role_setting, unnest(setconfig) AS setting
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND split_part(setting, '=', 1) IN ('search_path', 'session_replication_role', 'row_security', 'role')
UNION ALL
SELECT format('the right of the role %%s to pass by row-level security', rolname)
FROM pg_roles
WHERE rolname = ANY (%(roles)s) AND (rolsuper OR rolbypassrls)
UNION ALL
SELECT format('the function %%s', p.oid::regprocedure)
FROM pg_proc AS p
WHERE pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    AND EXISTS (SELECT FROM pg_proc AS own WHERE own.proname = p.proname AND own.pronamespace = 'pg_catalog'::regnamespace);

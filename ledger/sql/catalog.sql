-- What PostgreSQL knows of the tables of one schema, a fact a row: (table, kind, fact). The schema's own name is left out,
-- so that two schemas can be compared; so are the rights of a table's owner, and constraints that a column tells of.
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

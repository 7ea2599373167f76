-- Every table that holds rows of tenants: whether its row-level security is forced on its owner too, and what the
-- application may do with it beyond reading and adding.
SELECT
    relname,
    relrowsecurity AND relforcerowsecurity,
    array_remove(ARRAY[
        CASE WHEN has_table_privilege('parley_app', pg_class.oid, 'UPDATE') THEN 'UPDATE' END,
        CASE WHEN has_table_privilege('parley_app', pg_class.oid, 'DELETE') THEN 'DELETE' END,
        CASE WHEN has_table_privilege('parley_app', pg_class.oid, 'TRUNCATE') THEN 'TRUNCATE' END
    ], NULL)
FROM pg_class
WHERE relnamespace = current_schema()::regnamespace
    AND relkind IN ('r', 'p')
    AND EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = pg_class.oid AND attname = 'tenant' AND NOT attisdropped
    )
ORDER BY relname

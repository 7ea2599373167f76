-- The tables of the entered schema whose rows bear digests.
SELECT relname::text
FROM pg_class
JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'mac' AND NOT attisdropped
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
ORDER BY relname;

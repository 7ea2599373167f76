-- Every table that holds rows of tenants, with its columns in order; numbers that the table gives by itself left out.
SELECT relname, array_agg(attname::text ORDER BY attnum)
FROM pg_class
JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
GROUP BY relname
HAVING bool_or(attname = 'tenant')
ORDER BY relname

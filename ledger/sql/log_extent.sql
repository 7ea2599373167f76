-- The name of the tenant's log and its last position; no row where the tenant has no log.
SELECT origin, coalesce((SELECT max(position) FROM events WHERE tenant = logs.tenant), 0)
FROM logs
WHERE tenant = current_setting('parley.tenant')

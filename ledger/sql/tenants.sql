-- The tenants whose logs the database holds. Read with row-level security off, which only some roles may.
SELECT tenant FROM logs ORDER BY tenant

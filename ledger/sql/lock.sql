-- Opens an append: names the tenant and takes the log's lock, until the transaction ends.
SELECT set_config('parley.tenant', %(tenant)b, true), pg_advisory_xact_lock(%(lock)b::bigint);

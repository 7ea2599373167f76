-- Names the tenant, until the transaction ends.
SELECT set_config('parley.tenant', %(tenant)b, true);

-- The registry of one deal: which ids of each kind its record holds, and the version that first named each.
SELECT kind, id, version FROM things WHERE tenant = %(tenant)b AND deal_id = %(deal)b ORDER BY kind, id;

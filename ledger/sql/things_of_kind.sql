-- All ids of one kind that a deal's record holds: where a misspelt one is looked for.
SELECT id FROM things WHERE tenant = %(tenant)b AND deal_id = %(deal)b AND kind = %(kind)b ORDER BY version, id;

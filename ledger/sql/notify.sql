-- Wakes the followers of other processes; carries only the log and its new head.
SELECT pg_notify('parley', %(tenant)b || ' ' || %(head)b::bigint);

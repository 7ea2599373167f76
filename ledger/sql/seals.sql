-- How far the log is signed and timestamped: the greatest size of each, null where there is none.
SELECT
    (SELECT max(size) FROM log_checkpoints WHERE tenant = %(tenant)b),
    (SELECT max(size) FROM log_timestamps WHERE tenant = %(tenant)b);

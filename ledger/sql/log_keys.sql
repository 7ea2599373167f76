-- Every key that the log has ever had.
SELECT vkey FROM log_keys WHERE tenant = %(tenant)b ORDER BY since, vkey;

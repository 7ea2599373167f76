-- How many leaf hashes the stored tree has.
SELECT first + octet_length(hashes) / 32 FROM log_hashes WHERE tenant = %(tenant)b AND level = 0 ORDER BY first DESC LIMIT 1;

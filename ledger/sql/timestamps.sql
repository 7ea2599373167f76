-- What authorities of time said of one tree head.
SELECT stated_at, note, response
FROM log_timestamps
WHERE tenant = %(tenant)b AND size = %(size)b::bigint
ORDER BY stated_at;

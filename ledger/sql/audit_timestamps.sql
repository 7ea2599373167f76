-- Every timestamp, and whether it is of a head of ours.
SELECT t.size, t.stated_at, t.note, t.response, EXISTS (
    SELECT FROM log_checkpoints AS h WHERE h.tenant = %(tenant)b AND h.size = t.size AND h.note = t.note
)
FROM log_timestamps AS t
WHERE t.tenant = %(tenant)b
ORDER BY t.size, t.stated_at;

-- Every deadline that has a day, with what a calendar says of its deal.
SELECT d.deal_id, d.title, d.tz, d.version, d.recorded_at, l.deadline_id, l.entry,
    (to_jsonb(d) - 'mac')::text, d.mac, (to_jsonb(l) - 'mac')::text, l.mac
FROM deals AS d
JOIN deadlines AS l ON l.deal_id = d.deal_id
WHERE d.exists_now AND l.due_day IS NOT NULL
ORDER BY d.deal_id, l.deadline_id;

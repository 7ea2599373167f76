-- The events of a deal that say how others are read, in the order of recording: its record.* events (what was corrected,
-- voided, reinstated, erased, held), its deal.opened, which names the zone of its days, and its entity.merged. Each half
-- has the condition of an index of its own: events_about_record, events_of_merges.
SELECT e.position, e.deal_id, e.version, e.id, e.type, e.recorded_at, e.recorded_by, e.leaf, e.leaf_hash, p.payload, p.salt
FROM (
    SELECT position, deal_id, version, id, type, recorded_at, recorded_by, leaf, leaf_hash
    FROM events
    WHERE tenant = %(tenant)b AND deal_id = %(deal)b AND (type LIKE 'record.%%' OR type = 'deal.opened')
    UNION ALL
    SELECT position, deal_id, version, id, type, recorded_at, recorded_by, leaf, leaf_hash
    FROM events
    WHERE tenant = %(tenant)b AND deal_id = %(deal)b AND type = 'entity.merged'
) AS e
LEFT JOIN LATERAL (
    SELECT position, payload, salt
    FROM event_payload
    WHERE tenant = %(tenant)b AND position >= e.position AND position <= e.position
    ORDER BY position
    LIMIT 1
) AS p ON p.position = e.position
ORDER BY e.version;

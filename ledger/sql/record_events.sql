-- The record.* events of a deal in the order of recording: what was corrected, voided, reinstated, erased, held; and its
-- deal.opened, which names the zone of its days. The condition is that of the index events_about_record.
SELECT e.position, e.deal_id, e.version, e.id, e.type, e.recorded_at, e.recorded_by, e.leaf, e.leaf_hash, p.payload, p.salt
FROM events AS e
LEFT JOIN LATERAL (
    SELECT position, payload, salt
    FROM event_payload
    WHERE tenant = %(tenant)b AND position >= e.position AND position <= e.position
    ORDER BY position
    LIMIT 1
) AS p ON p.position = e.position
WHERE e.tenant = %(tenant)b AND e.deal_id = %(deal)b AND (e.type LIKE 'record.%%' OR e.type = 'deal.opened')
ORDER BY e.version;

-- Events by their ids, each with its payload unless that was erased. "The first at or after" leaves the planner one index
-- to choose, whatever it believes of a table that was empty when it last looked. The upper bound ends the walk there:
-- without it an id that is not held walks over every row behind it that this snapshot does not see, such as those of an
-- import in flight.
SELECT e.position, e.deal_id, e.version, e.id, e.type, e.recorded_at, e.recorded_by, e.leaf, e.leaf_hash, p.payload, p.salt
FROM unnest(%(ids)b::text[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT position, deal_id, version, id, type, recorded_at, recorded_by, leaf, leaf_hash
    FROM events
    WHERE tenant = %(tenant)b AND id >= asked.id AND id <= asked.id
    ORDER BY id
    LIMIT 1
) AS e
LEFT JOIN LATERAL (
    SELECT position, payload, salt
    FROM event_payload
    WHERE tenant = %(tenant)b AND position >= e.position AND position <= e.position
    ORDER BY position
    LIMIT 1
) AS p ON p.position = e.position
WHERE e.id = asked.id;

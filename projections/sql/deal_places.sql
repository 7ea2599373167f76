-- The stored places of a deal, each with the hash of its last event's leaf.
SELECT p.from_version, p.last_version, p.places, coalesce(e.leaf_hash, '') AS leaf_hash, p.mac
FROM projections.deal_places AS p
LEFT JOIN events AS e ON e.tenant = p.tenant AND e.deal_id = p.deal_id AND e.version = p.last_version
WHERE p.tenant = %(tenant)s AND p.deal_id = %(deal)s AND p.code = %(code)s
ORDER BY p.from_version;

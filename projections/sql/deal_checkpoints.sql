-- Every checkpoint of a deal without its things, each with the hash of the last leaf that it knows.
SELECT
    c.version, c.start, c.rank, c.last_version, c.kind, c.open_versions, c.things_hash,
    coalesce(e.leaf_hash, '') AS leaf_hash, c.mac
FROM projections.deal_checkpoints AS c
LEFT JOIN events AS e ON e.tenant = c.tenant AND e.deal_id = c.deal_id AND e.version = c.version
WHERE c.tenant = %(tenant)s AND c.deal_id = %(deal)s AND c.code = %(code)s
ORDER BY c.start, c.rank, c.last_version, c.version;

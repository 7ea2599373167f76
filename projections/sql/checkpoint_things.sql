-- One checkpoint with its things.
SELECT
    c.things, c.version, c.start, c.rank, c.last_version, c.kind, c.open_versions, c.things_hash,
    coalesce(e.leaf_hash, '') AS leaf_hash, c.mac
FROM projections.deal_checkpoints AS c
LEFT JOIN events AS e ON e.tenant = c.tenant AND e.deal_id = c.deal_id AND e.version = c.version
WHERE c.tenant = %(tenant)s AND c.deal_id = %(deal)s
    AND c.start = %(start)s AND c.rank = %(rank)s AND c.last_version = %(last)s
    AND c.version = %(version)s AND c.kind = %(kind)s;

-- What the Merkle tree is made of, in the order of positions.
SELECT position, leaf, leaf_hash
FROM events
WHERE tenant = %(tenant)b AND position > %(after)b::bigint
ORDER BY position
LIMIT %(limit)b::bigint;

-- The transparency log: its tree, its signed tree heads, cosignatures and timestamps.

-- tree_size --
-- How many leaf hashes the stored tree has.
SELECT first + octet_length(hashes) / 32 FROM log_hashes WHERE tenant = %(tenant)b AND level = 0 ORDER BY first DESC LIMIT 1;

-- new_leaves --
-- The leaves after those in the tree, with what the columns of their events say.
SELECT position, deal_id, version, id, leaf, leaf_hash
FROM events
WHERE tenant = %(tenant)b AND position > %(after)b::bigint
ORDER BY position
LIMIT %(limit)b::bigint;

-- deal_tips --
-- Of each of these deals the last event up to a position.
SELECT asked.deal_id, tip.version, tip.leaf_hash
FROM unnest(%(deals)b::text[]) AS asked (deal_id)
CROSS JOIN LATERAL (
    SELECT version, leaf_hash
    FROM events
    WHERE tenant = %(tenant)b AND deal_id = asked.deal_id AND position <= %(to)b::bigint
    ORDER BY version DESC
    LIMIT 1
) AS tip;

-- tile --
-- The stretches of one tile, in their order.
SELECT hashes
FROM log_hashes
WHERE tenant = %(tenant)b AND level = %(level)b::smallint AND first >= %(first)b::bigint AND first < %(first)b::bigint + 256
ORDER BY first;

-- insert_hashes --
-- The tree grows by a stretch of one tile.
INSERT INTO log_hashes (tenant, level, first, hashes)
VALUES (%(tenant)b, %(level)b::smallint, %(first)b::bigint, %(hashes)b);

-- log_keys --
-- Every key that the log has ever had.
SELECT vkey FROM log_keys WHERE tenant = %(tenant)b ORDER BY since, vkey;

-- insert_log_key --
-- A key of the log, when it first signs.
INSERT INTO log_keys (tenant, vkey) VALUES (%(tenant)b, %(vkey)b) ON CONFLICT DO NOTHING;

-- newest_checkpoint --
-- The newest tree head.
SELECT size, signed_at, root, note FROM log_checkpoints WHERE tenant = %(tenant)b ORDER BY size DESC, signed_at DESC LIMIT 1;

-- checkpoints --
-- Tree heads in the order of their sizes, each as it was last signed.
SELECT DISTINCT ON (size) size, signed_at, root, note
FROM log_checkpoints
WHERE tenant = %(tenant)b AND size > %(after)b::bigint
ORDER BY size, signed_at DESC
LIMIT %(limit)b::bigint;

-- checkpoint_covering --
-- The first tree head that covers a position, as it was last signed.
SELECT size, signed_at, root, note
FROM log_checkpoints
WHERE tenant = %(tenant)b AND size = (
    SELECT size FROM log_checkpoints WHERE tenant = %(tenant)b AND size >= %(size)b::bigint ORDER BY size LIMIT 1
)
ORDER BY signed_at DESC
LIMIT 1;

-- checkpoints_covering --
-- For each of these positions the size of the first tree head that covers it, each size once.
SELECT DISTINCT head.size
FROM unnest(%(positions)b::bigint[]) AS asked (position)
CROSS JOIN LATERAL (
    SELECT size FROM log_checkpoints WHERE tenant = %(tenant)b AND size >= asked.position ORDER BY size LIMIT 1
) AS head
ORDER BY head.size;

-- insert_checkpoint --
-- A tree head, signed: not before the last event that it covers, also where the clock is earlier. A head that is signed again under
-- a clock that has not moved is there already.
INSERT INTO log_checkpoints (tenant, size, signed_at, root, note)
SELECT
    %(tenant)b, %(size)b::bigint,
    greatest(clock_timestamp(), (SELECT recorded_at FROM events WHERE tenant = %(tenant)b AND position = %(size)b::bigint)),
    %(root)b, %(note)b
ON CONFLICT DO NOTHING;

-- signed_extent --
-- How far the log is signed and timestamped: the greatest size of each, null where there is none.
SELECT
    (SELECT max(size) FROM log_checkpoints WHERE tenant = %(tenant)b),
    (SELECT max(size) FROM log_timestamps WHERE tenant = %(tenant)b);

-- cosignatures --
-- What these witnesses said of one tree head, in the order of the times that they state.
SELECT vkey, stated_at, line
FROM log_cosignatures
WHERE tenant = %(tenant)b AND size = %(size)b::bigint AND vkey = ANY (%(vkeys)b::text[])
ORDER BY vkey, stated_at
LIMIT 256;

-- newest_cosignatures --
-- The newest words of these witnesses, those on the greatest trees first: the first that holds says how far is witnessed.
SELECT size, vkey, stated_at, line
FROM log_cosignatures
WHERE tenant = %(tenant)b AND vkey = ANY (%(vkeys)b::text[])
ORDER BY size DESC, stated_at DESC
LIMIT 32;

-- insert_cosignature --
-- A witness's signature on a tree head; of each witness and head only so many are kept, for the next says the same.
INSERT INTO log_cosignatures (tenant, size, vkey, stated_at, line)
SELECT %(tenant)b, %(size)b::bigint, %(vkey)b, timestamptz 'epoch' + %(seconds)b::bigint * interval '1 second', %(line)b
WHERE (
    SELECT count(*) FROM log_cosignatures
    WHERE tenant = %(tenant)b AND size = %(size)b::bigint AND vkey = %(vkey)b
) < 8
ON CONFLICT DO NOTHING
RETURNING size;

-- timestamps --
-- What authorities of time said of one tree head.
SELECT stated_at, note, response
FROM log_timestamps
WHERE tenant = %(tenant)b AND size = %(size)b::bigint
ORDER BY stated_at;

-- insert_timestamp --
-- An authority's timestamp of a tree head.
INSERT INTO log_timestamps (tenant, size, stated_at, note, response)
VALUES (%(tenant)b, %(size)b::bigint, timestamptz 'epoch' + %(microseconds)b::bigint * interval '1 microsecond', %(note)b, %(response)b)
ON CONFLICT DO NOTHING
RETURNING size;

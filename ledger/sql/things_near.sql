-- Ids of one kind that a deal's record holds, those around a given one in the order of spelling: where a misspelt id is
-- looked for. At most so many on either side, however many there are.
(
    SELECT id
    FROM things
    WHERE tenant = %(tenant)b AND deal_id = %(deal)b AND kind = %(kind)b AND id >= %(id)b
    ORDER BY id
    LIMIT %(limit)b::bigint
)
UNION ALL
(
    SELECT id
    FROM things
    WHERE tenant = %(tenant)b AND deal_id = %(deal)b AND kind = %(kind)b AND id < %(id)b
    ORDER BY id DESC
    LIMIT %(limit)b::bigint
);

-- Where the clock that dates tree heads went back: the head after was signed long before the head before it.
SELECT previous, signed_at
FROM (
    SELECT signed_at, lag(signed_at) OVER (ORDER BY size, signed_at) AS previous
    FROM log_checkpoints
    WHERE tenant = %(tenant)b
) AS heads
WHERE signed_at < previous - %(at_least)b::bigint * interval '1 microsecond';

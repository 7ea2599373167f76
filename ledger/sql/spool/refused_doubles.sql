-- Those that say the same as one that is refused.
SELECT doubles.number, refusals.kind, refusals.detail, refusals.problems, refusals.extra
FROM doubles
JOIN refusals ON refusals.number = doubles.first
ORDER BY doubles.number

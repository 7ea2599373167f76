-- Those whose deal is opened by an event that is refused.
SELECT staged.number, staged.deal
FROM openings
JOIN staged ON staged.deal = openings.deal
WHERE openings.refused
ORDER BY staged.number

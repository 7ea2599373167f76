-- The events of a deal on which all its derivations rest: its opening, which names its zone, and every erasure.
SELECT position, version, type
FROM events
WHERE tenant = %(tenant)s AND deal_id = %(deal)s AND type IN (%(opening)s, %(erasing)s)
ORDER BY version;

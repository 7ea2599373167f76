-- A page of deals, by id, narrowed by what the reader asks.
SELECT
    deal_id, title, kind, subject, jurisdictions, status, phase, parties, opened,
    next_deadline_id, nearest_id, next_due, next_due_day, next_tz, next_is_binding, next_obligation, next_force,
    overdue, version, position, recorded_at, unreadable, (to_jsonb(deals) - 'mac')::text, mac
FROM deals
WHERE exists_now
    AND (%(after)s::text IS NULL OR deal_id > %(after)s)
    AND (%(status)s::text IS NULL OR status = %(status)s)
    AND (%(phase)s::text IS NULL OR phase = %(phase)s)
    AND (%(party)s::text IS NULL OR %(party)s = ANY (names))
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
    AND (%(jurisdiction)s::text IS NULL OR %(jurisdiction)s = ANY (jurisdictions))
    AND (%(q)s::text IS NULL OR position(%(q)s IN words) > 0)
    AND (%(due_before)s::date IS NULL OR next_due_day < %(due_before)s)
    AND (%(overdue)s::boolean IS NULL OR (overdue > 0) = %(overdue)s)
    AND (%(unreadable)s::boolean IS NULL OR (unreadable IS NOT NULL) = %(unreadable)s)
ORDER BY deal_id
LIMIT %(limit)s;

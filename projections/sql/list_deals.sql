-- A page of deals, by id, narrowed by what the reader asks.
SELECT
    deal_id, title, kind, subject, status, phase, parties, opened,
    next_deadline_id, next_due, next_is_binding, version, position, recorded_at
FROM deals
WHERE exists_now
    AND (%(after)s::text IS NULL OR deal_id > %(after)s)
    AND (%(status)s::text IS NULL OR status = %(status)s)
    AND (%(phase)s::text IS NULL OR phase = %(phase)s)
    AND (%(party)s::text IS NULL OR %(party)s = ANY (parties))
    AND (%(q)s::text IS NULL OR position(lower(%(q)s) IN lower(concat_ws(' ', deal_id, title, subject, kind))) > 0)
    AND (%(due_before)s::date IS NULL OR next_due_day < %(due_before)s)
ORDER BY deal_id
LIMIT %(limit)s;

SELECT number, kind, detail, problems, extra FROM refusals ORDER BY number

SELECT number, problem FROM warnings ORDER BY number, rowid

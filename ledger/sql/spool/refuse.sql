INSERT OR REPLACE INTO refusals (number, kind, detail, problems, extra) VALUES (?, ?, ?, ?, ?)

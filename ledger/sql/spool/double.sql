INSERT INTO doubles (number, first) VALUES (?, ?)

-- The migrations that were applied, by number.
SELECT number, sha256 FROM migrations ORDER BY number

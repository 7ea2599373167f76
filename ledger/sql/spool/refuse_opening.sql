UPDATE openings SET refused = 1 WHERE deal = ? AND number = ?

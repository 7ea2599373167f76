SELECT number, event FROM staged WHERE number > ? ORDER BY number

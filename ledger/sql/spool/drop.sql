DELETE FROM staged WHERE number = ?

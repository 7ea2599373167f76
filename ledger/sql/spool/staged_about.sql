-- The record.* events of a deal before a place of the import.
SELECT event FROM staged WHERE about AND deal = ? AND number < ? ORDER BY number

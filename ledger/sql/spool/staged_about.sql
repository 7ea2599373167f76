-- The record.* events of a deal between two places of the import.
SELECT event FROM staged WHERE about AND deal = ? AND number > ? AND number < ? ORDER BY number

-- How many deals cannot be read.
SELECT count(*) FROM deals WHERE unreadable IS NOT NULL;

"""What follows from a folded deal at a moment: statuses, dates, blockers. Pure functions of entities and calendars."""

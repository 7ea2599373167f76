"""Deadlines as iCalendar."""

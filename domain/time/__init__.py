"""Imprecise dates, instants, calendars and counting."""

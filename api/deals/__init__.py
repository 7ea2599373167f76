"""Reading deals: states, lists, queries about time, calendars."""

"""The state of one deal at a date."""

"""The sealed bundle of one deal."""

"""The published document and its page."""

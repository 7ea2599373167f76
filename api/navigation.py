"""The links at the top of every page, those of the reference of the API too."""

PAGES = (("/", "Deals"), ("/deadlines", "Deadlines"), ("/changes", "What changed"), ("/docs", "API"))
"""Path and words of each."""

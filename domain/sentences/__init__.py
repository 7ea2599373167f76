"""Sentences about a deal: dates, amounts, names and closed lists of values in words, and the templates of sentences."""

"""Entity versions of long deals: each entity folded up to each of its events, as known at a stretch of versions.

A state then costs a row for each entity and not the history of the deal. An event in order adds a row for each entity
that it changes; a late one, a correction or a voiding ends the rows from its place on and writes them again.
"""

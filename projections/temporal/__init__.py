"""Bitemporal queries: diff, history, first, digest, lineage, what-if, mementos.

Every query rests on `RecordedDeal`: one deal's whole record, walked through once, along the world or along knowledge.
"""

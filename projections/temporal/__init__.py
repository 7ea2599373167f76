"""Bitemporal queries: diff, history, first, digest, lineage, what-if, mementos.

Every query uses `RecordedDeal`: one deal's whole record, walked once over valid time or over known time.
"""

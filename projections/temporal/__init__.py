"""Questions about time: what differs, what stood when, what was believed when, what would be if.

Every query rests on `RecordedDeal`: one deal's whole record, walked through once, along the world or along knowledge.
"""

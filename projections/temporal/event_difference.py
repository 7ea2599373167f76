"""The difference that one event made: the states just before and just after it was recorded, on its day."""

from datetime import tzinfo

from domain.envelope import RecordedEvent
from domain.time.edtf import Reading
from domain.time.instants import FUTURE, Moment, civil_day, end_of_day


def end_of_effective_day(line: RecordedEvent, zone: tzinfo, reading: Reading = "earliest") -> Moment:
    """The end of the day on which an event takes effect; FUTURE where that is not known."""
    opens: Moment = (line.effective or line.occurred).opens(zone, reading)
    return opens if opens >= FUTURE else end_of_day(civil_day(opens, zone), zone)

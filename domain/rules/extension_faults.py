"""Faults of the extension of a deadline: given too late, beyond the cap, or without the power to give it."""

from domain.rulebook import register_rule
from domain.rules.anomaly import GROUP
from domain.sections.deadline_dates import DueDate
from domain.sentences.dates import date_text

AFTER_LAPSE = register_rule(
    "extension-after-lapse",
    GROUP,
    "An extension came after the day that was due until then, or after the deadline was said to have lapsed. Its "
    "date is shown.",
    "TikTok: 15 days more, made public on 13 Nov 2020; the date had been the 12th.",
)
OVER_CAP = register_rule(
    "extension-over-cap",
    GROUP,
    "An extension goes beyond the latest day, or the number of times, that the instrument allows. Its date is shown.",
    "A third extension of a statute that allows one.",
    about=("/data/new_due", "/data/by_days"),
)
WITHOUT_POWER = register_rule(
    "extension-without-power",
    GROUP,
    "An extension was granted by someone other than whom the instrument names; that binds also the party that set the "
    "deadline. Its date is shown.",
    "Commerce extends a deadline that only CFIUS may extend.",
    about=("/data/by",),
)


def extension_faults(found: DueDate, index: int) -> list[tuple[str, str]]:
    """What is wrong with one extension of a deadline: rule and words."""
    move, rule_of = found.moves[index], found.deadline.extendable
    faults = []
    if rule_of is not None:
        if found.limit is not None and move.after is not None and move.after.day > found.limit:
            faults.append((OVER_CAP, f"goes over the cap: {date_text(found.limit)} is the latest possible"))
        if isinstance(rule_of.times, int) and move.number > rule_of.times:
            faults.append((OVER_CAP, f"is number {move.number} of {rule_of.times} allowed"))
        if rule_of.by not in (None, move.shift.by):
            faults.append((WITHOUT_POWER, f"was not {rule_of.by}'s, who alone may extend it"))
    if move.late:
        day = f" ({date_text(move.before.text)})" if move.before else ""
        faults.append((AFTER_LAPSE, f"came after the date had passed{day}"))
    return faults

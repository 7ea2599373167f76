"""The words for the changes of a deadline."""

from domain.sections.deadline_status import STATUS_MEANINGS
from domain.sections.wording import (
    FORCES,
    Group,
    Wording,
    flag_member,
    list_member,
    sentence_member,
    status_member,
    value_member,
)

DEADLINE_WORDING = Wording(
    group=Group.DATES,
    rank=2,
    new="New: {it}",
    shown=("due {due}", "{status}", "{force}", "set by {set_by}", "for {obligor}"),
    gone="{it} is no longer on record",
    members={
        "due": sentence_member(
            "{it} is due on {now}", "{it} moved from {was} to {now}", "{it} no longer has a date (before: {was})"
        ),
        "status": status_member(STATUS_MEANINGS, follows=("due",), follows_as=frozenset({"extended"})),
        "withdrawn": sentence_member(
            "{it} was withdrawn: {now}",
            "{it} was withdrawn: {now} (before: {was})",
            "{it} is not withdrawn (before: {was})",
            item=("{reason}", "by {by}"),
            follows=("status",),
        ),
        "force": status_member(FORCES),
        "extension.extendable": sentence_member(
            "More time for {it}: {now}",
            "More time for {it}: {now} (before: {was})",
            "More time for {it} is no longer open or refused (before: {was})",
            meanings={"yes": "it can be extended", "refused": "refused"},
            follows=("due", "status"),
            follows_as=frozenset({None, "yes"}),
        ),
        "extension.requests": list_member(
            "the requests for more time", item=("to {requested_due}", "by {by}", "({status})")
        ),
        "alternatives": list_member(
            "the conditional dates",
            item=("{due}", "if {condition}", "if {approval_id} is granted by {by}", "({status})"),
        ),
        "extension.latest_possible": sentence_member(
            "{it} can move to {now} at the latest",
            "{it} can now move to {now} at the latest (before: {was})",
            "{it} no longer has a latest possible date (before: {was})",
            follows=("due",),
        ),
        "extension.used": sentence_member(
            "{it} has used {now} days of extension",
            "{it} has used {now} days of extension (before: {was})",
            "{it} has used no extension (before: {was} days)",
            follows=("due",),
        ),
        "extension.left": sentence_member(
            "{it} has {now} days of extension left",
            "{it} has {now} days of extension left (before: {was})",
            "{it} has no limit of extension on record (before: {was} days left)",
            follows=("due", "extension.used", "extension.latest_possible"),
        ),
        "extension.times": sentence_member(
            "{it} was extended {now} times",
            "{it} was extended {now} times (before: {was})",
            "{it} was never extended (before: {was} times)",
            follows=("due", "extension.used"),
        ),
        "extension.rule": value_member(
            "the rule of extension",
            item=("at most {max_total} {unit} in all", "{times} times", "by {by}", "if {conditions}"),
        ),
        "reaffirmed_count": sentence_member(
            "{it} was reaffirmed ({now} times in all)",
            "{it} was reaffirmed ({now} times in all; before: {was})",
            "{it} is no longer reaffirmed (before: {was} times)",
        ),
        "obligation": value_member("the obligation"),
        "obligor": value_member("the obligor"),
        "set_by": sentence_member(
            "{it} was set by {now}",
            "{it} is now set by {now} (before: {was})",
            "Who set {it} is no longer on record (before: {was})",
        ),
        "subject": value_member("the subject"),
        "order_id": sentence_member(
            "{it} rests on {now}",
            "{it} now rests on {now} (before: {was})",
            "{it} no longer rests on an order (before: {was})",
        ),
        "consequence": sentence_member(
            "Missing {it} means: {now}",
            "Missing {it} means: {now} (before: {was})",
            "What missing {it} means is no longer on record (before: {was})",
        ),
        "past_due_at_end": flag_member("was past due when the deal ended", "was not past due when the deal ended"),
        "first_due": value_member("the first date", follows=("due",)),
    },
    repeated=frozenset({"trace", "history", "last_reaffirmed", "days_left", "working_days_left"}),
)

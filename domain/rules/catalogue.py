"""How the rest of a state follows from its events: one entry for each rule that no single function carries."""

from domain.rulebook import register_rule

register_rule(
    "acts-from",
    "time",
    "A fact acts from the start of the day that the derivation picks, in the deal's zone, or from the instant itself. "
    "A deal exists from its first event; before deal.opened acts, status and phase are null and all else is folded.",
    "An order of 2020-08 acts from 1 August, read earliest, and from the 31st, read latest.",
)
register_rule(
    "default-day",
    "time",
    "An event that does not say when it occurred did so today in the deal's own time zone.",
    "A deal in New York that is opened at 10 pm on 15 September occurs on the 15th, though it is the 16th in UTC.",
)
register_rule(
    "holds-until",
    "time",
    "The until of a relief, a pause or a toll holds through the end of its latest day; that of a term is the first "
    "day on which it holds no more. A span that would hold at no moment is refused.",
    "Not enforced until 5 April 2025: enforced again from the 6th.",
)
register_rule(
    "shown-lists",
    "state",
    "Lists that grow with history are shown with their newest 10 members and, where there are more, a count beside "
    "them (history_count, because_count). What a rule computes with is never cut. The because of an entry has beside "
    "the newest events those to which the shown values are owed.",
    "A deadline that was extended 130 times a day each is due 130 days later, and shows its newest 10 moves.",
)
register_rule(
    "because",
    "state",
    "because names the events that a value rests on: without all others, but what those need to be valid, the value "
    "stays as it is. A member with a because of its own (due_because) is owed to that; the because of an entry names "
    "the events of all its members. An entry of a list has its own.",
    "The date of an approval names the event that set the deadline from which it is taken.",
)
register_rule(
    "phase",
    "phase",
    "The phase is that of the last of these events: opened exploratory; the first bid.submitted bidding, also where it "
    "came before deal.opened; closed and terminated likewise; deal.phase_changed the one it names. An agreement that "
    "covers the whole deal (no covers, no variant_id beside those of other agreements) moves it to signed where it is "
    "definitive, else to agreed_in_principle. A bid and an agreement move it forward, never back. Approvals and talks "
    "move none. Facts move it; "
    "reports only where no fact does.",
    "TikTok, 31 Dec 2025: signed since 18 Dec, not closed.",
)
register_rule(
    "frozen",
    "deadlines",
    "When the deal is closed, terminated or unwound, by the first of these, its open deadlines keep status and days "
    "left, marked frozen, and what was past due stays so, marked past_due_at_end. What is set, moved, filed, required "
    "or signed after that end is open: "
    "its days are counted, it becomes past due, and it is in next_deadline and conflicts as in an open deal. "
    "Blockers are empty after the end. deal.reopened ends the freeze. "
    "A deadline that facts know is frozen by the end that facts know, and by no report.",
    "TikTok, 1 Feb 2026: closed on 22 Jan, one day before the date of EO 14352, which stays at 1 day left.",
)
register_rule(
    "order-status",
    "orders",
    "The first that applies: revoked (or quashed by a court), expired, proposed, scheduled, enjoined, not_enforced, "
    "in_force; null where no signing or proposal of it is known.",
    "PAFACA, 25 Jan 2025: in force since 19 Jan and not enforced until 5 Apr, so not_enforced.",
)
register_rule(
    "deadline-status",
    "deadlines",
    "The first that applies: withdrawn by its own event, met, lapsed, withdrawn with its order, tolled, enjoined, "
    "not_enforced, past_due, extended, pending. A deadline binds from its own event, also while its order is proposed "
    "or scheduled. It is withdrawn when its order is revoked or expires, not_enforced and enjoined with it; withdrawn "
    "says why: withdrawn, superseded, waived, order revoked or order expired.",
    "EO 13942 is revoked on 9 Jun 2021: the deadline of 27 Sep 2020 is withdrawn, the divestiture order's is not.",
)
register_rule(
    "days-left",
    "deadlines",
    "Whole days from the day asked about to the due day, in the deadline's zone, else the deal's. On its due day a "
    "deadline has 0 and is open; past_due starts the next day, or at the instant that a time of day names.",
    "Due 20 Sep 2020: 8 days left on the 12th.",
)
register_rule(
    "counted-date",
    "deadlines",
    "A date is counted from its anchor as the instrument says and not otherwise: days, weeks, months, years as they "
    "are, working days by the calendar it names, rolled only where it says so. A day that is named outright applies. "
    "The anchor `order effective` is the day on which its order takes effect, and moves with it. "
    "What cannot be counted has no date, and the trace says why.",
    "24 Apr 2024 + 270 days = 19 Jan 2025. 31 Aug 2020 + 30 working days in China = 16 Oct 2020, worked weekends "
    "counted.",
)
register_rule(
    "extension-ledger",
    "deadlines",
    "used = the days that extensions gave; tolling, resuming and advancing give none. latest_possible = first due + "
    "max_total + days tolled; left = max_total in days minus used, never below 0; these two are null without "
    "max_total, or where it cannot be counted, with the reason in the trace; all are null while there is no due date. "
    "A refusal changes none. extendable is refused where the last word was a refusal, yes where the rule "
    "still allows more time, else null; the events behind it are in extendable_because.",
    "TikTok, 26 Nov 2020: due 4 Dec, 22 days used, 8 left of 30.",
)
register_rule(
    "extension-day",
    "deadlines",
    "A day that an extension names applies. by_days counts from counted_from, the prior due date if absent, and the "
    "count is in the trace. A new "
    "extension closes the branches of earlier ones, and answers every open request: granted, or refused with "
    "granted_due where it gives another day than was asked.",
    "EO 14352: 120 days counted from 25 Sep 2025 give 23 Jan 2026, not from 16 Dec.",
)
register_rule(
    "branches",
    "deadlines",
    "A branch is live through the end of its by. If its approval has been granted by then, its date becomes the "
    "deadline's and the others close; otherwise it closes, and where one is left that one holds. While the matter "
    "is open and no day is named, the date is that of `otherwise`.",
    "Brexit: 22 May 2019 if the Commons approve by 29 March, otherwise 12 April. They did not.",
)
register_rule(
    "set-again",
    "deadlines",
    "A second deadline.set of one id replaces the instrument and restarts its extension ledger, if it dates the "
    "deadline; given fields replace, absent ones stay, the move goes to history.",
    "TikTok: 15 Sep 2020 is first Microsoft's own goal, then the president's threat.",
)
register_rule(
    "tolled",
    "deadlines",
    "A clock that is stopped moves the date by the days from since until it runs again (by working days where "
    "working days are counted); a day named on resuming applies. While its end is unknown there is no date.",
    "A merger review stopped on 1 Feb and resumed on 11 Feb ends ten days later.",
)
register_rule(
    "approval-due",
    "approvals",
    "The date of an approval is that of the open deadline whose subject it is, of several the one of greatest force, "
    "else the one its phase named, while that phase runs; reopening and refiling clear phase and date. A phase makes "
    "no deadline, a match with an export list no approval. A ruling that quashes a decision sends it back to pending, "
    "without a phase.",
    "A second phase due on 22 May 2023.",
)
register_rule(
    "only-if",
    "approvals",
    "The condition of an approval is read on the base variant, else on any that is not dropped. Where it is false "
    "the approval is no blocker.",
    "China's licence is needed if assets_in includes recommendation_algorithm.",
)
register_rule(
    "terms-amended",
    "agreements",
    "The changes of an amendment are set on the agreement key by key; they move no deadline. An agreement without "
    "an id takes that of its event.",
    "A new outside date is shown in the agreement; the deadline moves only by deadline.extended.",
)
register_rule(
    "valuation-range",
    "valuation",
    "low is the least low or point, high the greatest high or point; up_to gives no low, at_least no high. Dropped "
    "variants do not count, currencies are never mixed.",
    "Up to 30 billion dollars: high 30, low null.",
)
register_rule(
    "facts-and-reports",
    "layers",
    "A report never changes a value that a fact set: it is shown beside it as reported, and alone it is shown with "
    "layer reported. layer=facts leaves reports out. A claim that is confirmed counts as a fact from then on, with "
    "the reported stances that name it.",
    "Two bids are rumoured on 12 Sep 2020; no fact has made them live.",
)
register_rule(
    "reported-layer",
    "layers",
    "What is absent under layer=facts carries layer reported, in every section. Facts decide next_deadline, "
    "feasibility and which date binds; a deadline that is known from reports alone is shown beside it as "
    "next_deadline.reported, and is not binding.",
    "A leaked court date is nearer than the contract's: the contract's is next, the leaked one is shown beside it.",
)
register_rule(
    "merged-ids",
    "merged",
    "From the day of entity.merged one id replaces the other everywhere: the events of both are folded, in "
    "order of date, as events of the one that remains; chains are followed to their end. A merge that is only "
    "reported merges nothing. A merge with itself, or one that leads back in a circle, is refused.",
    "What musical.ly said before 2018 is read as TikTok's once the two are merged.",
)
register_rule(
    "claim-status",
    "claims",
    "Open until someone speaks to it; confirmed; denied where whom it is about says that it is false; else "
    "disputed. The last word counts, and a claim once confirmed is disputed, not denied. Reports of one origin "
    "count once.",
    "Three papers that cite one agency are one independent origin.",
)
register_rule(
    "previous-holder",
    "stances",
    "A stance that was stated before another person came to speak for the party is marked as the previous holder's, "
    "unless someone else than who left had said it.",
    "What Kevin Mayer said for TikTok, after 26 Aug 2020.",
)
register_rule(
    "pressure-level",
    "pressures",
    "A pressure starts active at level 1; escalated raises the level by one, eased lowers it, not below 0; ended ends "
    "it. What an event leaves out stays as it was.",
    "A strike that begins at three plants and widens to 38 distribution centres is at level 2.",
)
register_rule(
    "penalty-status",
    "penalties",
    "A penalty is imposed, annulled or paid, as its last event says. A reduction changes the amount alone; the earlier "
    "one remains in the history.",
    "Illumina's fine of 432 million euros is annulled once the court denies jurisdiction.",
)
register_rule(
    "link",
    "links",
    "A link is in effect from deal.linked to deal.unlinked. The answer adds the other deal's title and status on the "
    "same basis, null where it is not on record, and the links of other deals to this one: each with the inverse "
    "relation and as incoming. The hash of the state is of the deal's own record, without what is added.",
    "The sale under the statute of 2024 is the successor of the sale under the order of 2020.",
)
register_rule(
    "own-calendar",
    "deadlines",
    "A calendar that a deadline names is looked for among the deal's own (calendar.published, as known on the basis) "
    "first, then among the countries'. The trace says which.",
    "25 working days of the European Commission, by the days off that it published.",
)
register_rule(
    "end-of-the-deal",
    "ended",
    "How the deal ended, on which day, by whom, why, with which fee or stakes; null while it is open. An unwinding "
    "wins over the closing that it undoes; of a closing and a termination the first prevails.",
    "Qualcomm ends its purchase of NXP on 26 Jul 2018 for a fee of 2 billion dollars.",
)

"""The withdrawal of the United Kingdom, 2017 to 2020: a date that moved three times, twice on conditions."""

from given_when_then import History, at, event, given, opened

ARTICLE_50 = given(
    opened("2017-03-29", title="Withdrawal of the United Kingdom from the Union", kind="treaty_withdrawal",
           subject="eu_membership_uk", parties=["uk_government", "european_council"], jurisdictions=["GB", "EU"],
           tz="Europe/London"),
    event("deadline.set", "2017-03-29", deadline_id="dl-exit", obligation="the treaties cease to apply", set_by="teu_art_50",
          force="legally_binding", anchor="2017-03-29", offset=2, unit="year", obligor="uk_government", tz="Europe/Brussels",
          extendable={"times": "unlimited", "by": "european_council", "conditions": "unanimity"}, subject="exit"),
    event("approval.required", "2018-06-26", approval_id="uk-commons", authority="uk_house_of_commons", jurisdiction="GB",
          subject="withdrawal agreement", legal_basis="European Union (Withdrawal) Act 2018, s. 13"),
    event("deal.agreement_reached", "2018-11-25", agreement_id="wa", level="political", parties=["uk_government", "european_council"]),
    event("deal.vote_held", "2019-01-15", body="uk_house_of_commons", question="approve the withdrawal agreement",
          outcome="failed", votes_for=202, votes_against=432, approval_id="uk-commons"),
    event("deal.vote_held", "2019-03-12", body="uk_house_of_commons", question="approve the withdrawal agreement",
          outcome="failed", votes_for=242, votes_against=391, approval_id="uk-commons"),
    event("deadline.extension_requested", "2019-03-20", deadline_id="dl-exit", by="uk_government", requested_due="2019-06-30"),
    event("deadline.extended", "2019-03-22", id_="x-1", deadline_id="dl-exit", by="european_council",
          alternatives=[
              {"condition": "the Commons approve the withdrawal agreement", "approval_id": "uk-commons", "by": "2019-03-29",
               "due": "2019-05-22"},
              {"otherwise": True, "due": "2019-04-12"},
          ]),
)  # fmt: skip
REFUSED = ARTICLE_50.when(
    event("deal.vote_held", "2019-03-29", id_="v-3", body="uk_house_of_commons", question="approve the withdrawal agreement",
          outcome="failed", votes_for=286, votes_against=344, approval_id="uk-commons"),
)  # fmt: skip
OCTOBER = REFUSED.when(
    event("deadline.extension_requested", "2019-04-05", deadline_id="dl-exit", by="uk_government", requested_due="2019-06-30"),
    event("deadline.extended", "2019-04-11", id_="x-2", deadline_id="dl-exit", by="european_council", new_due="2019-10-31"),
)  # fmt: skip
DONE = OCTOBER.when(
    event("deadline.extension_requested", "2019-10-19", deadline_id="dl-exit", by="uk_government", requested_due="2020-01-31"),
    event("deadline.extended", "2019-10-29", id_="x-3", deadline_id="dl-exit", by="european_council", new_due="2020-01-31"),
    event("approval.granted", "2020-01-23", approval_id="uk-commons"),
    event("deal.closed", "2020-01-31", effective="2020-02-01", agreement_id="wa"),
)  # fmt: skip


def due(history: History, on: str) -> str | None:
    told: str | None = at(history.on(on), "deadlines/dl-exit/due")
    return told


def test_two_years_from_29_march_2017() -> None:
    exit_day = ARTICLE_50.on("2018-12-01")["deadlines"]["dl-exit"]
    assert (exit_day["due"], exit_day["status"]) == ("2019-03-29", "pending")
    assert exit_day["extension"]["left"] is None
    assert exit_day["extension"]["latest_possible"] is None


def test_until_the_commons_decide_two_dates_are_possible() -> None:
    [c9] = ARTICLE_50.conflicts("2019-03-25", "C9")
    assert c9["members"] == ["dl-exit"]
    exit_day = ARTICLE_50.on("2019-03-25")["deadlines"]["dl-exit"]
    assert [(each["due"], each["status"]) for each in exit_day["alternatives"]] == [
        ("2019-05-22", "live"), ("2019-04-12", "live"),
    ]  # fmt: skip
    assert exit_day["due"] == "2019-04-12", "the date that holds otherwise"
    [request] = exit_day["extension"]["requests"]
    assert (request["status"], request["requested_due"], request["granted_due"]) == (
        "refused",
        "2019-06-30",
        "2019-04-12",
    )


def test_when_the_vote_fails_the_early_date_holds() -> None:
    assert due(REFUSED, "2019-03-30") == "2019-04-12"
    branches = REFUSED.on("2019-03-30")["deadlines"]["dl-exit"]["alternatives"]
    assert [each["status"] for each in branches] == ["closed", "live"]
    assert REFUSED.conflicts("2019-03-30", "C9") == []
    assert REFUSED.conflicts("2019-03-29", "C9") != [], "the 29th is not over"


def test_had_the_vote_passed_the_late_date_would_hold() -> None:
    passed = ARTICLE_50.when(
        event("deal.vote_held", "2019-03-29", id_="v-3", body="uk_house_of_commons", question="approve", outcome="passed",
              approval_id="uk-commons"),
    )  # fmt: skip
    exit_day = passed.on("2019-03-30")["deadlines"]["dl-exit"]
    assert exit_day["due"] == "2019-05-22"
    assert exit_day["due_because"] == ["x-1", "v-3"]
    assert [each["status"] for each in exit_day["alternatives"]] == ["live", "closed"]
    late = ARTICLE_50.when(event("approval.granted", "2019-03-30", approval_id="uk-commons"))
    assert due(late, "2019-04-01") == "2019-04-12"
    undone = passed.when(event("approval.reopened", "2019-04-05", approval_id="uk-commons"))
    assert due(undone, "2019-04-06") == "2019-05-22", "what stood when the branch closed decides"


def test_a_new_extension_replaces_the_branches() -> None:
    exit_day = OCTOBER.on("2019-04-12")["deadlines"]["dl-exit"]
    assert (exit_day["due"], exit_day["alternatives"]) == ("2019-10-31", [])
    assert exit_day["extension"]["used"] == 216
    assert [(each["status"], each.get("granted_due")) for each in exit_day["extension"]["requests"]] == [
        ("refused", "2019-04-12"), ("refused", "2019-10-31"),
    ]  # fmt: skip


def test_a_request_that_is_met_to_the_day_is_granted() -> None:
    requests = DONE.on("2019-11-01")["deadlines"]["dl-exit"]["extension"]["requests"]
    assert requests[-1]["status"] == "granted"
    assert DONE.conflicts("2019-11-01", "C3") == []
    assert [move["due"] for move in DONE.on("2019-11-01")["deadlines"]["dl-exit"]["history"]] == [
        "2019-03-29", "2019-04-12", "2019-10-31", "2020-01-31",
    ]  # fmt: skip


def test_the_vote_is_a_blocker_until_it_passes() -> None:
    [blocker] = OCTOBER.on("2019-06-01")["blockers"]
    assert (blocker["id"], blocker["severity"], blocker["clears_alone"]) == ("uk-commons", "soft", True)
    assert OCTOBER.on("2019-06-01")["phase"] == "agreed_in_principle"
    assert DONE.on("2020-01-25")["blockers"] == []
    assert DONE.on("2020-01-31")["status"]["value"] == "open"
    assert DONE.on("2020-02-01")["status"]["value"] == "closed"


def test_days_are_those_of_brussels_on_a_clock_of_london() -> None:
    late_in_london = "2019-04-12T22:30:00+01:00"
    assert at(REFUSED.on(late_in_london), "deadlines/dl-exit/days_left") == 0
    after_midnight_in_brussels = "2019-04-12T23:30:00+01:00"
    assert at(REFUSED.on(after_midnight_in_brussels), "deadlines/dl-exit/status") == "past_due"

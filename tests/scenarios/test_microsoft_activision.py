"""Microsoft and Activision Blizzard, 2022 to 2023: one merger before five authorities."""

from given_when_then import at, event, given, opened

AUTHORITIES = (
    ("us-ftc", "ftc", "US"), ("uk-cma", "cma", "GB"), ("eu-ec", "eu_commission", "EU"), ("cn-samr", "samr", "CN"),
    ("jp-jftc", "jftc", "JP"),
)  # fmt: skip
MERGER = given(
    opened("2022-01-18", title="Microsoft / Activision Blizzard", kind="merger", subject="activision",
           parties=["microsoft", "activision"], jurisdictions=["US", "GB", "EU", "CN", "JP"], tz="America/New_York"),
    event("deal.agreement_reached", "2022-01-18", agreement_id="agr", level="definitive", binding=True,
          parties=["microsoft", "activision"], price={"amount": "95.00", "currency": "USD", "per": "share"}),
    event("deadline.set", "2022-01-18", deadline_id="dl-outside", obligation="close the merger", set_by="parties",
          force="contractual", due="2023-07-18", subject="closing"),
    *(
        event("approval.required", "2022-01-18", approval_id=name, authority=authority, jurisdiction=where, subject="merger control")
        for name, authority, where in AUTHORITIES
    ),
    event("approval.applied", "2022-07-06", approval_id="uk-cma", by="microsoft"),
    event("approval.phase_opened", "2022-09-15", approval_id="uk-cma", phase="phase 2", due="2023-03-01"),
    event("approval.phase_opened", "2022-11-08", approval_id="eu-ec", phase="phase 2", due="2023-03-23"),
    event("litigation.filed", "2022-12-08", case_id="ftc-9412", court="FTC Part 3", plaintiffs=["ftc"],
          defendants=["microsoft", "activision"], targets=["closing"]),
    event("remedy.offered", "2023-03-02", remedy_id="rem-cloud", by="microsoft", to="eu_commission",
          summary="ten-year licences for cloud gaming", duration_years=10),
    event("approval.granted", "2023-03-28", approval_id="jp-jftc"),
    event("approval.denied", "2023-04-26", id_="cma-no", approval_id="uk-cma", reason="cloud gaming"),
    event("remedy.decided", "2023-05-15", remedy_id="rem-cloud", by="eu_commission", outcome="accepted"),
    event("approval.conditioned", "2023-05-15", approval_id="eu-ec", conditions=["ten-year licences for cloud gaming"]),
    event("approval.granted", "2023-05-19", approval_id="cn-samr", scope="unconditional"),
    event("litigation.filed", "2023-06-12", case_id="ndcal", court="N.D. Cal.", plaintiffs=["ftc"],
          defendants=["microsoft", "activision"], targets=["closing"], relief="preliminary injunction"),
    event("litigation.relief_granted", "2023-06-13", id_="tro", case_id="ndcal", relief="temporary_restraining_order",
          until="2023-07-14"),
    event("litigation.relief_denied", "2023-07-11", case_id="ndcal", relief="preliminary_injunction"),
    event("litigation.relief_ended", "2023-07-14", case_id="ndcal", relief="temporary_restraining_order"),
    event("litigation.appealed", "2023-07-13", case_id="ndcal", by="ftc", to_court="9th Cir.", new_case_id="ca9"),
    event("deal.agreement_amended", "2023-07-18", agreement_id="agr", changes={"termination_fee": {"amount": "4500000000", "currency": "USD"}},
          new_outside_date="2023-10-18"),
    event("deadline.extended", "2023-07-18", deadline_id="dl-outside", by="parties", new_due="2023-10-18"),
    event("approval.reopened", "2023-08-22", approval_id="uk-cma", reason="the transaction was restructured"),
    event("deadline.set", "2023-08-22", deadline_id="dl-cma", obligation="decide phase 1", set_by="enterprise_act", force="statutory",
          due="2023-10-18", subject="uk-cma", obligor="cma"),
    event("approval.withdrawn", "2023-09-30", approval_id="us-ftc", reason="no premerger bar remains"),
    event("approval.granted", "2023-10-13", approval_id="uk-cma"),
    event("deal.closed", "2023-10-13", effective="2023-10-13", agreement_id="agr"),
)  # fmt: skip


def blockers(day: str) -> dict[str, str]:
    return {each["id"]: each["severity"] for each in MERGER.on(day)["blockers"]}


def test_five_authorities_stand_before_closing() -> None:
    assert blockers("2022-02-01") == dict.fromkeys(("us-ftc", "uk-cma", "eu-ec", "cn-samr", "jp-jftc"), "soft")
    assert MERGER.on("2022-02-01")["phase"] == "signed"
    assert not any(each["clears_alone"] for each in MERGER.on("2022-02-01")["blockers"])


def test_a_case_that_seeks_to_block_is_a_soft_blocker() -> None:
    assert blockers("2023-01-10")["ftc-9412"] == "soft"


def test_a_prohibition_is_hard_and_conditions_are_clearance() -> None:
    assert blockers("2023-05-20") == {"uk-cma": "hard", "us-ftc": "soft", "ftc-9412": "soft"}
    state = MERGER.on("2023-05-20")
    assert at(state, "approvals/eu-ec/status") == "conditioned"
    assert at(state, "approvals/eu-ec/conditions") == ["ten-year licences for cloud gaming"]
    assert at(state, "remedies/rem-cloud/status") == "accepted"
    assert at(state, "approvals/uk-cma/status_because") == ["cma-no"]


def test_a_restraining_order_bars_closing_through_its_last_day() -> None:
    assert blockers("2023-06-20")["ndcal"] == "hard"
    entry = next(each for each in MERGER.on("2023-06-20")["blockers"] if each["id"] == "ndcal")
    assert (entry["kind"], entry["because"]) == ("relief", ["tro"])
    assert blockers("2023-07-13")["ndcal"] == "hard", "the appeal takes the case up, the order stands"
    assert "ndcal" not in blockers("2023-07-15")
    assert blockers("2023-07-15")["ca9"] == "soft"


def test_a_restraining_order_runs_out_by_itself() -> None:
    unlifted = given(*(row for row in MERGER.rows if row["type"] != "litigation.relief_ended"))
    held = unlifted.on("2023-07-14")["litigation"]["ndcal"]["relief"][0]
    over = unlifted.on("2023-07-15")["litigation"]["ndcal"]["relief"][0]
    assert (held["status"], over["status"]) == ("granted", "ended")


def test_the_appeal_is_the_case_that_blocks_now() -> None:
    case = MERGER.on("2023-07-20")["litigation"]["ca9"]
    assert (case["plaintiffs"], case["defendants"]) == (["ftc"], ["microsoft", "activision"])


def test_the_contract_ends_before_the_authority_must_decide() -> None:
    early = given(*MERGER.rows[:-3]).when(
        event("deadline.set", "2023-08-23", deadline_id="dl-fee", obligation="close or pay", set_by="parties",
              force="contractual", due="2023-09-15"),
    )  # fmt: skip
    assert [each["members"] for each in early.conflicts("2023-08-24", "C10")] == [["dl-fee", "dl-cma"]]
    assert MERGER.conflicts("2023-08-24", "C10") == [], "18 October is not before 18 October"


def test_the_date_of_a_statute_is_the_approvals_own() -> None:
    assert at(MERGER.on("2022-12-01"), "approvals/uk-cma/due") == "2023-03-01"
    assert at(MERGER.on("2023-08-24"), "approvals/uk-cma/due") == "2023-10-18"


def test_the_amendment_moves_terms_and_its_own_event_moves_the_date() -> None:
    state = MERGER.on("2023-08-01")
    assert at(state, "agreements/agr/outside_date") == "2023-10-18"
    assert at(state, "agreements/agr/termination_fee/amount") == "4500000000"
    assert at(state, "deadlines/dl-outside/due") == "2023-10-18"
    assert MERGER.on("2023-07-17")["next_deadline"]["binding"] == "dl-outside"


def test_closing_freezes_what_was_open() -> None:
    state = MERGER.on("2023-10-20")
    assert (state["status"]["value"], state["blockers"], state["conflicts"]) == ("closed", [], [])
    assert at(state, "deadlines/dl-outside/frozen") is True
    assert at(state, "deadlines/dl-outside/days_left") == 5

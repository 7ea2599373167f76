"""The table from each published rule to a test that holds it; a class holds the cases where it applies and where not."""

TESTS_OF_RULES: dict[str, str] = {
    # agreements
    "terms-amended": "scenarios/test_microsoft_activision.py::test_the_amendment_moves_terms_and_its_own_event_moves_the_date",
    # anomalies
    "stub": "scenarios/test_bids_and_terms.py::test_things_first_heard_of_later_stand_with_nulls",
    "retroactive": "scenarios/test_bids_and_terms.py::test_a_fact_that_takes_effect_before_it_occurred_is_retroactive",
    "published-before-occurred": "scenarios/test_rules_of_approvals_and_pressure.py::TestPublication",
    "recorded-before-occurred": "api/events/test_warnings.py",
    "before-opening": "scenarios/test_rules_of_the_end.py::TestBeforeTheOpening",
    "after-the-end": "scenarios/test_rules_of_the_end.py::TestLifeAfterTheEnd",
    "closed-over-bar": "scenarios/test_rules_of_the_end.py::TestClosingOverABar",
    "extension-not-later": "scenarios/test_rules_of_the_end.py::TestExtensionLedger",
    "due-before-set": "api/events/test_warnings.py",
    "set-without-date": "api/events/test_warnings.py",
    "set-twice": "api/events/test_warnings.py",
    "extension-after-lapse": "scenarios/test_deadlines.py::test_an_extension_of_what_had_lapsed_stays_lapsed_and_is_odd",
    "extension-over-cap": "scenarios/test_deadlines.py::test_the_ledger_counts_from_the_first_date",
    "extension-without-power": "scenarios/test_anomalies_and_unknowns.py::TestExtensionsThatAreAnomalies",
    "extension-after-end": "scenarios/test_anomalies_and_unknowns.py::TestExtensionsThatAreAnomalies",
    "met-after-due": "scenarios/test_deadlines.py::test_what_is_met_late_and_what_lapses_early_is_odd",
    "lapsed-before-due": "scenarios/test_deadlines.py::test_what_is_met_late_and_what_lapses_early_is_odd",
    "resumed-while-running": "scenarios/test_deadlines.py::test_a_clock_that_nobody_stopped_is_resumed_oddly",
    "two-ends": "scenarios/test_anomalies_and_unknowns.py::TestTwoEnds",
    "voided-twice": "api/events/test_warnings.py",
    "corrected-after-voiding": "api/events/test_warnings.py",
    "reinstated-without-voiding": "api/events/test_warnings.py",
    # approvals
    "approval-due": "scenarios/test_phases_and_rulings.py::TestTheDateOfAPhase",
    "only-if": "scenarios/test_bids_and_terms.py::test_the_base_variant_decides_whether_an_approval_is_needed",
    # bids
    "event": "scenarios/test_rules_of_the_end.py::TestBids",
    "best-bid": "scenarios/test_rules_of_the_end.py::TestTheBestBidOfAnEndedDeal",
    "every-bidder-withdrew": "scenarios/test_bids_and_terms.py::test_a_consortium_changes_and_ends_when_all_have_left",
    "another-is-exclusive": "scenarios/test_bids_and_terms.py::test_an_exclusive_bid_silences_the_others",
    "silent-180-days": "scenarios/test_bids_and_terms.py::test_a_bid_falls_asleep_after_180_days_and_wakes_by_an_event",
    # blockers
    "approval-blocks": "scenarios/test_rules_of_approvals_and_pressure.py::TestCautiousClearing",
    "relief-blocks": "scenarios/test_anomalies_and_unknowns.py::TestOneBlockerForAnId",
    "order-blocks": "scenarios/test_courts.py::test_an_order_that_bars_closing_blocks_while_it_is_in_force",
    "case-blocks": "scenarios/test_rules_of_the_end.py::TestWhoseCaseBlocks",
    # claims
    "claim-status": "scenarios/test_reports.py::test_only_whom_it_is_about_can_deny_a_claim",
    # conflicts: conflict_cases.py has those in which each holds, and those in which it does not
    **{f"C{number}": "scenarios/test_conflicts.py::test_it_holds" for number in range(1, 13)},
    # contradictions
    "claim-against-denial": "scenarios/test_withdrawn_denials.py::test_a_denial_that_stands_contradicts_the_report",
    "stance-against-report": "scenarios/test_reports.py::test_what_is_said_and_what_is_reported_contradict",
    "fact-against-report": "scenarios/test_reports.py::test_a_report_never_changes_what_a_fact_set",
    # deadlines
    "frozen": "scenarios/test_rules_of_the_end.py::TestLifeAfterTheEnd",
    "deadline-status": "scenarios/test_deadlines.py::test_the_first_status_that_applies_is_told",
    "days-left": "scenarios/test_qualcomm_nxp.py::test_the_outside_date_ends_at_a_minute_of_new_york",
    "counted-date": "scenarios/test_deadlines.py::test_thirty_working_days_in_china_end_on_16_october_2020",
    "extension-ledger": "scenarios/test_rules_of_the_end.py::TestExtensionLedger",
    "extension-day": "scenarios/test_extension_traces.py::test_the_count_of_an_extension_is_in_the_trace",
    "branches": "scenarios/test_brexit.py::test_when_the_vote_fails_the_early_date_holds",
    "set-again": "scenarios/test_deadlines.py::test_a_second_setting_restarts_the_ledger_and_keeps_the_history",
    "tolled": "scenarios/test_deadlines.py::test_a_stopped_clock_has_no_date_until_it_runs_again",
    "own-calendar": "scenarios/test_rules_of_approvals_and_pressure.py::TestOwnCalendar",
    # the deal
    "end-of-the-deal": "scenarios/test_rules_of_the_end.py::TestEnded",
    "phase": "scenarios/test_rules_of_the_end.py::TestPhase",
    **dict.fromkeys(
        ("closed-wins", "terminated-wins", "unwound-wins", "deal-reopened", "talks-suspended", "talks-resumed",
         "deal-opened"),
        "scenarios/test_anomalies_and_unknowns.py::TestStatusOfTheDeal",
    ),
    # feasibility
    "date-of-closing": "scenarios/test_feasibility_of_a_deal.py::TestTheWordsOfClosing",
    "in-time": "scenarios/test_rules_of_approvals_and_pressure.py::TestFeasibility",
    # layers
    "facts-and-reports": "scenarios/test_reports.py::test_reports_alone_are_shown_as_such_and_leave_the_facts_empty",
    "reported-layer": "scenarios/test_layers_in_every_section.py::test_every_entry_that_the_facts_do_not_have_is_reported_and_no_other_is",
    # links, merged ids, orders, penalties, pressures, stances
    "link": "scenarios/test_rules_of_approvals_and_pressure.py::TestLinks",
    "merged-ids": "scenarios/test_merged_ids.py::test_one_id_stands_for_the_other_everywhere_from_the_day_of_the_merge",
    "order-status": "scenarios/test_deadlines.py::test_an_order_signed_for_a_later_day_is_scheduled_and_its_deadline_binds",
    "penalty-status": "scenarios/test_rules_of_approvals_and_pressure.py::TestPenalties",
    "pressure-level": "scenarios/test_rules_of_approvals_and_pressure.py::TestPressure",
    "previous-holder": "scenarios/test_reports.py::test_a_shift_keeps_the_stance_before_it_and_a_new_speaker_marks_the_old_one",
    # states and time
    "shown-lists": "scenarios/test_long_lists.py::test_every_extension_counts_however_many_there_are",
    "because": "properties/test_causes.py::test_a_value_stays_without_the_events_that_are_not_its_causes",
    "acts-from": "scenarios/test_tiktok.py::test_before_the_deal_is_opened_all_else_is_folded",
    "default-day": "api/events/test_default_day.py::test_the_default_day_is_today_in_the_time_zone_of_the_deal",
    "holds-until": "scenarios/test_anomalies_and_unknowns.py::TestTheLastDayOfASpan",
    # unknowns
    "unknown-calendar": "api/deals/test_regional_holidays.py::test_a_calendar_that_is_not_known_is_said_to_be",
    "calendar-of-parts": "api/deals/test_regional_holidays.py::test_the_calendar_of_such_a_country_warns_and_names_the_calendars_of_its_parts",
    "no-date": "scenarios/test_deadlines.py::test_a_calendar_that_nobody_knows_gives_no_date_and_says_why",
    "loose-anchor": "scenarios/test_deadlines.py::test_a_month_as_anchor_is_counted_by_the_reading_and_listed_as_loose",
    "no-duration": "scenarios/test_feasibility_of_a_deal.py::TestNoDeal",
    "no-outcome": "scenarios/test_rules_of_approvals_and_pressure.py::TestMissedDates",
    "no-calendar": "scenarios/test_anomalies_and_unknowns.py::TestUnknownsOfAnApproval",
    "no-authority": "scenarios/test_anomalies_and_unknowns.py::TestUnknownsOfAnApproval",
    "no-base-variant": "scenarios/test_tiktok.py::test_on_12_september_2020_the_analyst_is_told_what_is_missing",
    "list-count": "scenarios/test_tiktok.py::test_on_12_september_2020_the_analyst_is_told_what_is_missing",
    "no-price": "scenarios/test_phases_and_rulings.py::TestTheUnknownPriceOfABid",
    "relief-outlives-case": "scenarios/test_phases_and_rulings.py::TestAFinalRuling",
    # valuation
    "valuation-range": "scenarios/test_bids_and_terms.py::test_the_range_is_the_spread_of_what_is_said_without_dropped_variants",
}  # fmt: skip
"""Rule -> file under `tests` and the class or function in it; of `test_warnings.py` a row of its table, by the rule."""

"""A bundle whose state and replay follow rules of another version is no tampered one, and is never said to hold."""

from tests.audit.bundle_case import Case, sealed

__all__ = ["sealed"]


def of_version(case: Case, version: object) -> None:
    case.about["basis"]["rules"] = version


def test_it_is_told_apart_from_a_tampered_one(sealed: Case) -> None:
    of_version(sealed, {"rules": "1", "calendars": "holidays 0.1"})
    report = sealed.judged()
    assert report.other_version
    assert report.proven == ()
    [fault] = report.faults
    assert "version 1 of the rules and the calendars holidays 0.1" in fault.why
    assert report.first_bad_event is None


def test_its_record_is_verified_all_the_same(sealed: Case) -> None:
    of_version(sealed, {"rules": "1", "calendars": "holidays 0.1"})
    name, payloads = next((name, lines) for name in sealed.files if "payload" in name and (lines := sealed.lines(name)))
    payloads[0], payloads[1] = payloads[1], payloads[0]
    sealed.put(name, payloads)
    report = sealed.judged()
    assert report.faults
    assert not report.other_version


def test_rules_that_are_not_named_are_no_excuse_for_a_trace(sealed: Case) -> None:
    for version in (None, "2", 7, []):
        of_version(sealed, version)
        assert sealed.judged().faults

"""The page that compares two bases: without scripts, and in a real browser."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.web.test_views import shown

SEEDS = "/deals/tiktok-2020/diff?known_by=published"
LEARNED = f"{SEEDS}&from_valid=2020-08-30&to_valid=2020-08-30&from_known=2020-08-30&to_known=2020-08-31"
MOVED = "/deals/tiktok/diff?from_valid=2020-11-10&to_valid=2020-11-20"
BOTH = f"{SEEDS}&from_valid=2020-08-30&from_known=2020-08-30&to_valid=2020-09-21&to_known=2020-09-22"


def test_each_change_says_how_it_came_about(web: httpx.Client) -> None:
    lapsed = shown(web, f"{SEEDS}&from_known=2020-09-12&to_known=2020-09-12&from_valid=2020-09-20&to_valid=2020-09-21")
    assert re.search(r"Dates \d+ lapsed The deadline .* is now past due, with no outcome on record .* By time", lapsed)
    learned = shown(web, LEARNED)
    assert re.search(
        r"learned \d+ later.* learned New: the bid of microsoft .* learned New: the bid of oracle", learned
    )
    assert "2020-02-30" in shown(web, "/deals/tiktok/diff?from_valid=2020-02-30", 400)


def test_changes_stand_under_what_they_concern(web: httpx.Client) -> None:
    headings = re.findall(r'<h3 id="h-(\w+)">', web.get(BOTH).text)
    assert headings == ["dates", "conditions", "economics", "parties", "other"]


def test_the_value_before_is_struck_out_and_the_cause_leads_to_its_event(web: httpx.Client) -> None:
    html = web.get(MOVED).text
    assert "moved from <del>12 Nov</del> to <ins>27 Nov 2020</ins>." in html
    cause = html[html.index("<ins>27 Nov 2020</ins>.") :]
    assert re.search(r'class="event-id" href="/deals/tiktok/events/tiktok-034">.*cfius extended', cause)
    assert "US demands by <del>12</del> Nov 2020" in html


def test_both_bases_are_said_and_can_change_places(web: httpx.Client) -> None:
    html = web.get(MOVED).text
    assert html.index("as it stood on 10 Nov 2020") < html.index("as it stood on 20 Nov 2020")
    assert "from_valid=2020-11-20&amp;to_valid=2020-11-10" in html
    assert re.search(r'href="/deals/tiktok\?valid_at=2020-11-20T[^"]*known_version=87">The deal as it stood', html)
    assert html.count("Known time is later than valid time") == 1


def test_what_changed_since_a_version_is_said_without_how_it_came_about(web: httpx.Client) -> None:
    html = web.get("/deals/tiktok/diff?since_version=35").text
    assert '<ul class="digest review">' in html
    assert 'class="how' not in html
    assert "Nothing differs." in web.get("/deals/tiktok/diff?from_valid=2030-01-01&to_valid=2030-01-01").text


def test_paths_and_kinds_of_changes_are_shown_and_hidden_by_keyboard(page: Page) -> None:
    page.goto(BOTH)
    path = page.locator(".paths").first
    expect(path).to_be_hidden()
    page.locator("#show-paths").focus()
    page.keyboard.press("Space")
    expect(path).to_be_visible()
    expect(page.locator(".is-lapsed").first).to_be_visible()
    page.locator("#show-lapsed").focus()
    page.keyboard.press("Space")
    expect(page.locator(".is-lapsed").first).to_be_hidden()
    expect(page.locator(".is-learned").first).to_be_visible()

"""The pages of an event, of the history of a value and of a replay: without scripts, and in a real browser."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.test_accessibility import CONTRAST, violations
from tests.web.test_browser import focused, walk
from tests.web.test_views import shown

REPLAY = "/deals/tiktok/replay"

NARROWER = """
() => [...document.querySelectorAll("dt, dd, li, p, h2")]
  .filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== "inline")
  .map((each) => each.outerHTML.slice(0, 80))
"""
"""Parts of a page that are narrower than their words."""


@pytest.fixture
def corrected(web: httpx.Client) -> str:
    """The page of a bid whose price was corrected twice, the second correction voided."""
    opening = {"id": "corrected-1", "type": "deal.opened", "occurred": "2024-01-01",
               "data": {"title": "Corrected", "kind": "merger", "subject": "target", "parties": ["acme"]}}  # fmt: skip
    bid = {"bid_id": "b", "bidders": ["acme"], "price": {"amount": "30", "currency": "USD"}}
    events = [
        opening,
        {"id": "bid", "type": "bid.submitted", "occurred": "2024-01-02", "data": bid},
        *(
            {"id": name, "type": "record.corrected", "occurred": "2024-01-03",
             "data": {"event_id": "bid", "changes": {"price": {"amount": amount, "currency": "USD"}},
                      "cause": "source_corrected", "reason": "misprint"}}
            for name, amount in (("first", "20"), ("second", "25"))
        ),
        {"id": "void", "type": "record.voided", "occurred": "2024-01-04",
         "data": {"event_id": "second", "cause": "duplicate", "reason": "twice"}},
    ]  # fmt: skip
    assert web.post("/v1/deals/corrected/events", json=events).status_code in (200, 201)
    return "/deals/corrected/events/bid"


def test_an_event_says_what_it_changed_with_the_states_before_and_after(web: httpx.Client) -> None:
    html = web.get("/deals/tiktok/events/tiktok-034").text
    changed = html[html.index('id="effect"') : html.index("When and by whom")]
    assert changed.index("<h4>Dates</h4>") < changed.index("<h4>Conditions</h4>")
    assert "moved from <del>12 Nov</del> to <ins>27 Nov 2020</ins>." in changed
    assert 'href="/deals/tiktok?valid_at=2020-11-13&amp;known_version=34">just before' in changed
    assert 'href="/deals/tiktok?valid_at=2020-11-13&amp;known_version=35">just after' in changed
    assert "Nothing in the state of 17 Jun 2022 ." in shown(web, "/deals/tiktok/events/tiktok-040")


def test_an_event_is_shown_whole_and_leads_to_those_recorded_before_and_after(web: httpx.Client) -> None:
    told = shown(web, "/deals/tiktok-2020/events/seed-002")
    assert "45 days after the 6 Aug order = 20 Sep 2020" in told
    assert "Nikkei Asian Review" in told
    assert "position 3 of the log" in told
    assert "by desk" in told
    html = web.get("/deals/tiktok/events/tiktok-034").text
    assert re.search(r'rel="prev" href="/deals/tiktok/events/tiktok-033"', html)
    assert re.search(r'rel="next" href="/deals/tiktok/events/tiktok-035"', html)
    assert 'rel="prev"' not in web.get("/deals/tiktok/events/tiktok-000").text


def test_corrections_show_the_value_before_and_after_and_which_stand(web: httpx.Client, corrected: str) -> None:
    html = web.get(corrected).text
    part = html[html.index('id="corrections"') : html.index("In the record")]
    assert re.search(r'<del><span class="num">USD 30</span></del> <ins><span class="num">USD 20</span></ins>', part)
    assert re.search(r"misprint.*\(no longer stands\)", part, re.DOTALL)
    about = shown(web, "/deals/corrected/events/first")
    assert "About: 2 Jan 2024 acme submitted a bid of USD 20" in about
    assert "The price of the bid of acme is now USD 20 (before: USD 30 )." in about


def test_a_history_says_step_by_step_who_moved_a_value_and_why(web: httpx.Client) -> None:
    told = shown(web, "/deals/tiktok/history?path=/deadlines/dl-divest/due")
    assert "Deadlines › the deadline “divest TikTok US assets and data” › Due" in told
    assert re.search(r"14 Aug 2020 12 Nov 2020 14 Aug 2020 us_president set .* by us_president · recorded", told)
    assert re.search(r"13 Nov 2020 12 Nov 2020 27 Nov 2020 13 Nov 2020 cfius extended .* by cfius · recorded", told)
    assert re.search(r"25 Nov 2020 still 27 Nov 2020 4 Dec 2020 25 Nov 2020 cfius extended", told)
    assert "dl-divest" in shown(web, "/deals/tiktok/history?path=/deadlines/dl-divst/due", 404)


def test_what_was_known_of_a_day_is_shown_with_the_moment_from_which_it_was_known(web: httpx.Client) -> None:
    path = "/deals/tiktok/revisions?path=/deadlines/dl-divest/due"
    told = shown(web, f"{path}&valid_at=2020-11-26&known_by=published")
    assert "What the public knew of 26 Nov 2020 , from when on." in told
    assert re.search(r"Known from 13 Nov 2020 12 Nov 2020 27 Nov 2020 13 Nov 2020 cfius extended", told)
    assert "By time alone" not in told
    assert "revisions?path=%2Fdeadlines%2Fdl-divest%2Fdue" in web.get(path.replace("revisions", "history")).text
    assert "What this record knew of" in shown(web, path)


def test_a_history_names_what_time_alone_moved(web: httpx.Client) -> None:
    told = shown(web, "/deals/tiktok-2020/history?path=/deadlines/dl-transactions/status")
    assert "21 Sep 2020 still running past due, with no outcome on record By time alone." in told


def test_the_history_of_an_entry_says_what_changed_in_it(web: httpx.Client) -> None:
    told = shown(web, "/deals/tiktok/history?path=/deadlines/dl-divest")
    assert re.search(r"14 Aug 2020 New: the deadline “divest TikTok US assets and data” , due 12 Nov 2020", told)
    assert re.search(r"25 Nov 2020 The deadline “divest[^:]*moved from 27 Nov to 4 Dec 2020 \. .*cfius extended", told)


def test_a_replay_shows_a_step_with_those_around_it(web: httpx.Client) -> None:
    html = web.get(f"{REPLAY}?step=36").text
    assert "moved from <del>27 Nov</del> to <ins>4 Dec 2020</ins>." in html
    assert re.findall(r'rel="(prev|next)"[^>]* href="/deals/tiktok/replay\?step=(\d+)"', html) == [
        ("prev", "35"),
        ("next", "37"),
    ]
    assert re.search(r'aria-current="step"><span class="num">36</span>', html)
    first = web.get(REPLAY).text
    assert 'rel="prev"' not in first
    assert 'data-step="1"' in first
    for wrong in ("0", "88888", "one", "9" * 5000):
        assert "step is a number from 1 to" in shown(web, f"{REPLAY}?step={wrong}", 400)


def test_keys_walk_through_a_replay_and_back_leads_back(page: Page) -> None:
    page.goto(f"{REPLAY}?step=34")
    heading = page.locator("#step")
    for key, step in (("ArrowRight", 35), ("j", 36), ("k", 35), ("ArrowLeft", 34), ("j", 35)):
        page.keyboard.press(key)
        expect(page.locator("#replay")).to_have_attribute("data-step", str(step))
        expect(heading).to_be_focused()
    assert focused(page).startswith("cfius extended the deadline")
    page.get_by_label("step", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(r"step=35$"))
    page.go_back()
    expect(page.locator("#replay")).to_have_attribute("data-step", "34")


def test_keys_walk_from_event_to_event(page: Page) -> None:
    page.goto("/deals/tiktok/events/tiktok-034")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/events/tiktok-035")
    page.keyboard.press("k")
    page.wait_for_url("**/events/tiktok-034")


def test_from_a_comparison_to_its_cause_and_on_by_keyboard_alone(page: Page) -> None:
    page.goto("/deals/tiktok/diff?from_valid=2020-11-10&to_valid=2020-11-20")
    walk(page, "Choose other dates")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Compare")).to_be_visible()
    walk(page, "13 Nov 2020 cfius extended")
    page.keyboard.press("Enter")
    page.wait_for_url("**/events/tiktok-034")
    walk(page, "In the replay")
    page.keyboard.press("Enter")
    page.wait_for_url("**/replay?step=35")
    page.keyboard.press("j")
    expect(page.locator("#replay")).to_have_attribute("data-step", "36")
    walk(page, "The event with its sources and proof")


def test_the_whole_replay_is_one_page_that_fits_a_phone(browser: Browser, site: str) -> None:
    look: Any = {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}
    context = browser.new_context(base_url=site, **look)
    page = context.new_page()
    page.goto(f"{REPLAY}?step=36")
    page.get_by_role("link", name="one page to read or print").click()
    page.wait_for_url("**/v1/deals/tiktok/replay")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(CONTRAST) == []
    assert violations(page) == []
    assert page.evaluate(NARROWER) == []
    page.locator("#step-36").scroll_into_view_if_needed()
    page.locator("section", has=page.locator("#step-36")).get_by_text("after", exact=True).click()
    assert page.url.endswith("#step-37")
    context.close()

"""The page in a real browser: by keyboard, by scrubber, without scripts, on a phone, in the dark."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

PAGES = (
    "/", "/deadlines", "/deadlines?valid_at=2020-09-12", "/changes?since=2020-01-01",
    "/record", "/sign-in", "/deals/tiktok?valid_at=2020-11-26", "/deals/tiktok-2020?valid_at=2020-09-12",
    "/deals/tiktok/record", "/deals/tiktok/record/deadline.set", "/deals/tiktok/audit",
    "/deals/tiktok/events/tiktok-035", "/deals/tiktok/replay?step=36",
    "/deals/tiktok/history?path=/deadlines/dl-divest/due",
    "/deals/tiktok/revisions?path=/deadlines/dl-divest&valid_at=2020-11-26",
    "/deals/tiktok-2020/diff?known_by=published&from_valid=2020-08-30&from_known=2020-08-30&to_known=2020-08-31",
    "/deals/tiktok/diff", "/deals/tiktok/diff?since_version=35", "/deals/harm",
    "/deals/tiktok/timeline?valid_at=2020-11-26&topic=deadline",
    "/deals/tiktok/sections/conditions?valid_at=2020-11-26",
)  # fmt: skip

A4 = 718
"""The width in pixels that a sheet of paper leaves to a page."""


def focused(page: Page) -> str:
    """What has the focus, as a reader would name it."""
    found: str = page.evaluate(
        "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()"
    )
    return found


def walk(page: Page, goal: str, most: int = 60) -> None:
    """Press Tab until the focus is on what is named so."""
    seen = []
    for _ in range(most):
        page.keyboard.press("Tab")
        seen.append(focused(page))
        if seen[-1].startswith(goal):
            return
    raise AssertionError(f"{goal!r} is not reached by Tab: {seen}")


def test_all_is_reached_by_keyboard(page: Page) -> None:
    page.goto("/")
    walk(page, "To the content", most=1)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    walk(page, "Forced divestiture of TikTok US")
    page.keyboard.press("Enter")
    page.wait_for_url("**/deals/tiktok")
    walk(page, "Day of valid time")
    outline: str = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    walk(page, "Why: 1 event")
    page.keyboard.press("Enter")
    walk(page, "")
    assert page.evaluate("document.activeElement.className") == "event-id"
    page.keyboard.press("Escape")
    assert focused(page) == "Why: 1 event"
    assert page.locator("details.why[open]").count() == 0


def tab_to(page: Page, element_id: str, most: int = 40) -> None:
    """Press Tab until the focus is on the element of an id."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == element_id:
            return
    raise AssertionError(f"#{element_id} is not reached by Tab")


def press_record(page: Page) -> None:
    """Press Tab until the focus is on the button that records, and then Return."""
    while page.evaluate("document.activeElement.value") != "record":
        walk(page, "Record", most=90)
    page.keyboard.press("Enter")


def test_a_deal_and_its_deadline_are_recorded_by_keyboard_alone(page: Page) -> None:
    page.goto("/record")
    for name, typed in (("title", "Sale by keyboard"), ("kind", "merger"), ("subject", "target")):
        tab_to(page, f"f-data-{name}")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Nothing is wrong with it.")
    press_record(page)
    page.wait_for_url("**/deals/sale-by-keyboard#e-*")
    walk(page, "Record")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sale-by-keyboard/record")
    walk(page, "Find", most=30)
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("ultimatum set")
    expect(page.locator("#types .types li")).to_have_count(1)
    walk(page, "Deadline set")
    page.keyboard.press("Enter")
    page.wait_for_url("**/record/deadline.set")
    for name, typed in (("obligation", "File the plan"), ("set_by", "buyer"), ("force", "contractual")):
        tab_to(page, f"f-data-{name}")
        page.keyboard.type(typed)
    tab_to(page, "f-data-due")
    page.keyboard.type("2030-06-03")
    walk(page, "Check without recording")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("New: the deadline “File the plan”")
    press_record(page)
    page.wait_for_url("**/deals/sale-by-keyboard#e-*")
    expect(page.locator("#deadline-file-the-plan")).to_be_visible()


def test_the_scrubbers_change_the_state_and_the_address(page: Page) -> None:
    page.goto("/deals/tiktok?valid_at=2020-11-26")
    moment, world = page.locator("#moment"), page.get_by_label("Day of valid time")
    expect(moment).to_contain_text("8 days left")
    world.focus()
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(moment).to_contain_text("as it stood on 5 Dec 2020")
    expect(page).to_have_url(re.compile(r"/deals/tiktok\?valid_at=2020-12-05$"))
    assert world.evaluate("each => each === document.activeElement")
    assert world.get_attribute("aria-valuetext") == "5 Dec 2020"
    expect(page.get_by_role("status")).to_contain_text("as it stood on 5 Dec 2020")
    page.locator("[name=knowledge]").select_option("that_day")
    expect(page).to_have_url(re.compile("valid_at=2020-12-05&known_at=2020-12-05$"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"valid_at=2020-12-05$"))
    expect(page.locator("[name=knowledge]")).to_have_value("latest")
    page.get_by_text("More", exact=True).click()
    page.locator("[name=known_by]").select_option("published")
    page.wait_for_url(re.compile("known_by=published"))
    page.locator("[name=known_at]").fill("2020-11-20")
    page.locator("[name=known_at]").dispatch_event("change")
    expect(page).to_have_url(re.compile("known_at=2020-11-20&known_by=published"))
    expect(page.locator("#deadline-dl-divest")).to_contain_text("Fri 27 Nov 2020")
    page.reload()
    expect(page.locator("#deadline-dl-divest")).to_contain_text("Fri 27 Nov 2020")


def test_a_refusal_while_scrubbing_is_told_in_its_place(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.goto("/deals/tiktok")
    page.get_by_text("More", exact=True).click()
    page.locator("[name=known_version]").fill("9999")
    page.locator("[name=known_version]").dispatch_event("change")
    expect(page.locator("#moment")).to_contain_text("9999")
    page.locator("[name=known_version]").fill("10")
    page.locator("[name=known_version]").dispatch_event("change")
    expect(page.locator("#moment")).to_contain_text("(version 10)")
    context.close()


def test_a_cause_leads_to_its_event_even_in_a_closed_part(page: Page) -> None:
    page.goto("/deals/tiktok?valid_at=2020-11-26#e-tiktok-036")
    expect(page.locator("#e-tiktok-036")).to_be_visible()


def test_a_development_that_the_page_does_not_show_is_on_its_own_page_and_in_the_timeline(page: Page) -> None:
    page.goto("/deals/tiktok?valid_at=2020-11-26#e-tiktok-070")
    page.wait_for_url("**/deals/tiktok/events/tiktok-070")
    page.get_by_role("link", name="In the timeline").click()
    expect(page.locator("#e-tiktok-070")).to_be_visible()


def test_developments_are_filtered_by_topic_in_place(page: Page) -> None:
    page.goto("/deals/tiktok?valid_at=2020-11-26")
    page.get_by_role("link", name="deadline ", exact=False).filter(has_text=re.compile(r"^deadline \d+$")).click()
    expect(page.locator("#developments [aria-current]")).to_have_text(re.compile(r"deadline \d+"))
    types = page.locator("#developments .meta code").all_text_contents()
    assert types
    assert all(each.startswith("deadline.") for each in types)


def test_what_changed_since_the_last_look_is_counted_and_opens_in_its_place(page: Page) -> None:
    page.goto("/deals/tiktok?known_version=60")
    page.evaluate("localStorage.setItem('parley:seen:tiktok', '60'); sessionStorage.clear()")
    page.goto("/deals/tiktok")
    part = page.locator("details.since")
    expect(part).to_be_visible()
    part.locator("> summary").click()
    count = int(part.locator("strong").inner_text())
    assert count == part.locator("ul.digest > li").count() > 0


def test_no_page_breaks_its_policy_or_runs_what_it_was_told(page: Page) -> None:
    for path in (
        "/deals/harm",
        "/deals/harm/audit",
        "/deals/harm/events/harm-2",
        "/deals/harm/record/order.signed",
    ):
        page.goto(path)
        assert page.evaluate("window.harmed") is None
        assert page.evaluate("typeof htmx") == "object"


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_first_screen_of_a_deal_answers_without_scrolling(page: Page, width: int, height: int) -> None:
    # given what is next, how many days are left, whether it can move, what is outstanding and what changed
    answers = (".hero .next .when", ".hero .next .left", ".hero .move", ".hero .outstanding", ".hero .latest-change")
    # when a screen of that size shows the deal
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/deals/tiktok?valid_at=2020-11-26")
    # then each of them lies within it
    for answer in answers:
        box = page.locator(answer).bounding_box()
        assert box is not None, answer
        assert box["y"] + box["height"] <= height, answer
        assert box["x"] + box["width"] <= width, answer


def test_without_scripts_links_and_forms_do_it_all(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/deals/tiktok")
    page.get_by_label("as of").fill("2020-11-26")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#moment")).to_contain_text("as it stood on 26 Nov 2020")
    page.locator("#deadline-dl-divest").get_by_text("Computation and possible extensions").click()
    expect(page.get_by_text("+ 90 days: 12 Nov 2020 (Thursday).")).to_be_visible()
    page.get_by_role("link", name="25 Nov 2020", exact=False).first.click()
    expect(page.locator("#moment")).to_contain_text("as it stood on 25 Nov 2020")
    page.get_by_role("link", name="Record", exact=True).click()
    page.get_by_role("link", name="bid.submitted").click()
    page.get_by_role("button", name="Check without recording").click()
    expect(page.get_by_role("alert")).to_contain_text("It was not recorded.")
    expect(page.locator("[aria-invalid]").first).to_be_visible()
    context.close()


def test_on_paper_the_controls_are_gone_and_the_record_stands(page: Page) -> None:
    page.goto("/deals/tiktok?valid_at=2020-11-26")
    page.emulate_media(media="print")
    expect(page.locator(".clocks")).to_be_hidden()
    expect(page.locator("#deadline-dl-divest .lane-draw")).to_be_visible()
    expect(page.locator("#e-tiktok-035")).to_be_visible()
    for path in ("/", "/deals/tiktok", "/deals/tiktok/diff?from_valid=2020-11-01&to_valid=2020-11-26"):
        page.goto(path)
        assert page.locator("input:visible, button:visible, select:visible, nav:visible").count() == 0, path
    page.set_viewport_size({"width": A4, "height": 1000})
    for path in ("/", "/deadlines", "/deals/tiktok/audit", "/deals/tiktok?valid_at=2020-11-26"):
        page.goto(path)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate("document.documentElement.scrollWidth") <= A4, path

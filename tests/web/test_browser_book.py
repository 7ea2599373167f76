"""The pages across deals in a real browser: by keyboard, with Back, on a phone, in the dark."""

import re

from playwright.sync_api import Browser, Page, expect

BEFORE_BOTH = "/deadlines?valid_at=2020-09-12"


def test_the_agenda_is_reached_from_every_page_and_filtered_by_keyboard(page: Page) -> None:
    page.goto("/deals/tiktok/audit")
    page.get_by_role("link", name="Deadlines", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/deadlines$"))
    page.get_by_label("as of").fill("2020-09-12")
    page.get_by_label("force").select_option("political")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page.get_by_role("row", name=re.compile("sell TikTok US or close it"))).to_be_visible()
    assert "valid_at=2020-09-12" in page.url
    page.go_back()
    expect(page).to_have_url(re.compile("/deadlines$"))


def test_deals_are_sorted_by_keyboard_and_back_leads_to_the_list_before(page: Page) -> None:
    page.goto("/?q=tiktok&valid_at=2020-11-26")
    expect(page.locator(".late").first).to_contain_text("overdue")
    page.get_by_role("link", name="Deal", exact=True).press("Enter")
    expect(page).to_have_url(re.compile("order=title$"))
    expect(page.get_by_role("columnheader", name="Deal", exact=True)).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("tbody .title").first).to_have_text("Forced divestiture of TikTok US")
    page.get_by_role("link", name="Deal", exact=True).press("Enter")
    expect(page.locator("tbody .title").first).to_have_text("Forced sale of TikTok's US business")
    page.go_back()
    page.go_back()
    expect(page).to_have_url(re.compile("valid_at=2020-11-26$"))


def test_on_a_phone_each_deal_is_a_card_with_the_date_first(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    page.goto("/?q=tiktok&valid_at=2020-11-26")
    card = page.locator("tbody tr").first
    top = card.locator(".when").bounding_box()
    assert top is not None
    for part in (".what", ".title", ".open", ".last"):
        box = card.locator(part).bounding_box()
        assert box is not None
        assert box["y"] >= top["y"] + top["height"] - 1, part
        assert box["x"] + box["width"] <= 390
    context.close()


def test_on_a_phone_each_deadline_is_a_card_with_the_date_first(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    page.goto(BEFORE_BOTH)
    day, what = page.locator("tr .when").first, page.locator("tr .title").first
    one, other = day.bounding_box(), what.bounding_box()
    assert one is not None
    assert other is not None
    assert one["y"] + one["height"] <= other["y"] + 1
    expect(page.get_by_label("force")).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    expect(page.get_by_label("force")).to_be_visible()
    context.close()


def test_the_last_look_is_remembered_by_the_browser_and_leads_to_what_changed_since(page: Page) -> None:
    page.goto("/changes?since=2020-01-01")
    expect(page.locator(".last-look")).to_be_hidden()
    page.evaluate("sessionStorage.clear()")
    page.goto("/")
    page.get_by_role("link", name="What changed", exact=True).click()
    page.get_by_role("link", name="since my last look").click()
    expect(page).to_have_url(re.compile(r"/changes\?since_position=[0-9]+$"))
    expect(page.get_by_text("No deal changed.")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile("/changes$"))

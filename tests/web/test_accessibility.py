"""The pages against all rules of axe-core, and contrast: on a desktop in the light, on a phone in the dark."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.web.test_browser import PAGES

BESIDES = ("/nowhere", "/deals/nowhere", "/deals/tiktok?valid_at=nonsense", "/v1/deals/tiktok-2020/replay")
"""Pages that refuse, and the whole replay, which has no links to other pages."""

OPENED = "document.querySelectorAll('details').forEach((each) => (each.open = true))"

FEWER = "document.querySelectorAll('.reference section').forEach((each, place) => place < 8 || each.remove())"
"""Leaves some operations of the reference, which are all made by one function."""

AXE = Axe()
OPTIONS = {"resultTypes": ["violations"], "preload": False, "rules": {"color-contrast": {"enabled": False}}}
"""All rules but that of contrast, which CONTRAST holds every text to, large ones too, in a fraction of the time."""

CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) {
      canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
      known.set(colour, canvas.getImageData(0, 0, 1, 1).data);
    }
    return known.get(colour);
  };
  const light = (parts) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = [...parts].slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const parts = rgba(getComputedStyle(each).backgroundColor);
      if (parts[3] > 250) return parts;
    }
    return rgba("canvas");
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!text || !element.checkVisibility() || element.closest("svg, option, .vh, .skip")) continue;
    const [one, two] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const words = element.textContent.trim().slice(0, 30);
    if (ratio < 4.5) faint.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)} ${words}`);
  }
  return faint;
}
"""
"""Texts whose contrast with what lies behind them is below 4.5, the least of WCAG AA."""


def violations(page: Page) -> list[Any]:
    """What a page violates: rule, rank and the first element."""
    found = AXE.run(page, options=OPTIONS).response["violations"]
    return [(each["id"], each["impact"], each["nodes"][0]["html"]) for each in found]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1300), ("dark", 390)])
def test_no_page_violates_a_rule_and_every_text_stands_out_on_any_screen(
    browser: Browser, site: str, scheme: str, width: int
) -> None:
    look: Any = {"color_scheme": scheme, "viewport": {"width": width, "height": 844}}
    context = browser.new_context(base_url=site, **look)
    page = context.new_page()
    for path in (*PAGES, *BESIDES):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.evaluate(OPENED)
        assert page.evaluate(CONTRAST) == [], path
        assert violations(page) == [], path
    context.close()


def test_the_reference_of_the_api_is_a_page_like_the_others(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, color_scheme="dark", viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/docs")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Append events").click()
    assert page.url.endswith("#post_events")
    page.locator("#post_events summary").click()
    assert '"type": "' in page.locator("#post_events pre").inner_text()
    page.evaluate(FEWER)
    page.evaluate(OPENED)
    assert page.evaluate(CONTRAST) == []
    assert violations(page) == []
    page.get_by_role("link", name="Parley", exact=True).click()
    page.wait_for_url("**/")
    context.close()

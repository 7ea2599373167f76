"""The keyboard alone on every page: Tab reaches each control and shows it; the page breaks no policy meanwhile."""

import re

import pytest
from playwright.sync_api import Page

from tests.web.test_browser import PAGES

KINDS = {re.sub("/(tiktok-2020|harm)", "/tiktok", path).partition("?")[0]: path for path in reversed((*PAGES, "/docs"))}
"""A page of each template, by its address without a query."""

KEPT = 3
"""Controls of one kind that a page keeps here: the others are made by the same lines of its template."""

WATCH = """
(most) => {
  const controls = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const kind = (each) => `${each.tagName} ${each.className} ${each.type ?? ""}`;
  const kept = new Map();
  for (const each of document.querySelectorAll(controls)) {
    const count = (kept.get(kind(each)) ?? 0) + 1;
    kept.set(kind(each), count);
    if (count > most) (each.closest("summary")?.parentElement ?? each).remove();
  }
  window.awaited = new Set();
  for (const each of document.querySelectorAll(controls))
    if (each.tabIndex >= 0 && !each.disabled && each.type !== "hidden" && each.checkVisibility()) awaited.add(each);
  window.unmarked = [];
  document.addEventListener("focusin", ({ target }) => {
    const style = getComputedStyle(target);
    const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    if (!seen) unmarked.push(target.outerHTML.slice(0, 120));
    awaited.delete(target);
  });
  // A date is typed in parts, each of which is a stop.
  return awaited.size + 4 * document.querySelectorAll("input[type=date]").length;
}
"""
"""Keeps some controls of each kind, and notes which get the focus, and whether that is seen; the stops of one round."""


@pytest.mark.parametrize("path", KINDS.values())
def test_tab_reaches_every_control_of_a_page_and_shows_it(page: Page, path: str) -> None:
    page.goto(path)
    stops = page.evaluate(WATCH, KEPT)
    for _ in range(stops):
        page.keyboard.press("Tab")
    assert page.evaluate("[...awaited].map((each) => each.outerHTML.slice(0, 120))") == []
    assert page.evaluate("unmarked") == []

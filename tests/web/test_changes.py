"""The page of what changed across deals."""

import re
from datetime import UTC, datetime

import httpx

from api.web import book_views
from tests.web.test_views import words


def test_it_shows_what_changed_by_deal_with_links_to_the_causes(web: httpx.Client) -> None:
    page = web.get("/changes", params={"since_position": "0", "deals": "harm,tiktok-2020"})
    assert page.status_code == 200
    assert page.text.index('href="/deals/harm"') < page.text.index('href="/deals/tiktok-2020"')
    assert '/deals/harm/events/harm-2"' in page.text
    assert "<img src=x" not in page.text
    assert '<a href="/changes">What changed</a>' in web.get("/").text


def test_it_leads_to_the_next_page_and_says_what_it_does_not_understand(web: httpx.Client) -> None:
    today = str(datetime.now(UTC).date())
    assert "No deal changed." in web.get("/changes", params={"since": today}).text
    whole = web.get("/changes", params={"since": "2020-01-01"})
    assert "More changes" in whole.text
    refused = web.get("/changes", params={"since": "soon"})
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text


def test_a_cause_is_said_once_for_the_changes_that_it_made(web: httpx.Client) -> None:
    page = words(web.get("/changes", params={"since_position": "0", "deals": "tiktok-2020"}))
    assert "The deal was opened on 6 Aug 2020: The deal “Forced sale of TikTok's US business” was opened with" in page
    assert "The deal is open. event history" in page
    assert re.search(
        r"The highest value on record is USD 30 billion: Nikkei Asian Review .* reports alone\. event", page
    )


def test_a_deal_shows_its_most_important_changes_and_folds_the_others(web: httpx.Client) -> None:
    page = web.get("/changes", params={"since_position": "0", "deals": "tiktok-2020"}).text
    shown, _, folded = page.partition('<details class="more">')
    assert shown.count("<li>") == book_views.CHANGES_SHOWN
    assert "more changes" in folded
    assert folded.count("<li>") > 0

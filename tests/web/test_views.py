"""What the page shows without any script: deals, a deal at a moment, its events, refusals."""

import csv
import re
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest

from api.deals import lists
from api.navigation import PAGES
from api.web import deal_views
from domain.errors import Busy
from domain.sentences.words import plain
from domain.state import SECTIONS
from tests.web.conftest import HARM

LATEST = [
    {"id": "l1", "type": "deal.opened", "occurred": "2024-01-02",
     "data": {"title": "Latest", "kind": "merger", "subject": "t"}},
    {"id": "l2", "type": "bid.submitted", "occurred": "2024-01-03",
     "data": {"bid_id": "b", "bidders": ["acme"], "price": {"amount": "20", "currency": "USD"}}},
    {"id": "l3", "type": "bid.withdrawn", "occurred": "2024-01-04", "data": {"bid_id": "b"}},
    {"id": "l4", "type": "record.voided", "occurred": "2024-01-02",
     "data": {"event_id": "l3", "cause": "duplicate", "reason": "recorded twice"}},
]  # fmt: skip
"""A deal whose latest event was voided."""


def words(answer: httpx.Response) -> str:
    """What a reader reads: the text of a page, blanks made one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def tags(html: str) -> list[tuple[str, dict[str, str]]]:
    """Every tag of a page with its attributes, as a browser reads them."""
    found: list[tuple[str, dict[str, str]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    Reader().feed(html)
    return found


def shown(web: httpx.Client, path: str, status: int = 200) -> str:
    answer = web.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return words(answer)


def test_the_front_page_names_every_deal_with_its_status_and_phase(web: httpx.Client) -> None:
    told = shown(web, "/")
    assert "Forced divestiture of TikTok US closed" in told
    assert "Forced sale of TikTok's US business open exploratory" in told
    assert "Forced sale" not in shown(web, "/?status=closed")
    assert all(
        f'<option value="{each}">{plain(each)}</option>' in web.get("/").text for each in SECTIONS["status"].statuses
    )


def test_a_deal_is_shown_as_it_stood(web: httpx.Client) -> None:
    told = shown(web, "/deals/tiktok-2020?valid_at=2020-09-12")
    assert "The deal as it stood on 12 Sep 2020, as recorded by" in told
    assert "Next binding date Sun 20 Sep 2020 8 days left" in told
    assert "Sooner, of lesser force Tue 15 Sep 2020 3 days left" in told
    assert "+ 45 days: 20 Sep 2020 (Sunday)" in told
    assert "not extended; 30 days left, at the latest 12 Dec 2020" in told
    assert "the bid of microsoft and walmart reported microsoft, walmart rumoured" in told


def test_texts_of_rules_have_names_for_ids_and_dates_in_words(web: httpx.Client) -> None:
    told = shown(web, "/deals/tiktok?valid_at=2020-12-20")
    assert "The deadline “prohibited transactions take effect”, due 27 Sep 2020, does not hold for now" in told
    conflicts = told.partition(" Conflicts ")[2].partition(" Why Rule C6")[0]
    assert conflicts
    assert not re.search(r"\b(?:dl-|[0-9]{4}-[0-9]{2}-)", conflicts)


def test_a_deal_is_downloaded_in_forms_that_its_page_names(web: httpx.Client) -> None:
    links = dict(re.findall(r'<a href="([^"]+)" download[^>]*>([^<]+)</a>', web.get("/deals/tiktok").text))
    assert [*links.values()] == ["spreadsheet (.csv)", "state (JSON)", "calendar (.ics)", "evidence bundle (.zip)"]
    assert all(web.get(each).status_code == 200 for each in links)
    sheet = web.get("/deals/tiktok/events.csv")
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert sheet.content.startswith(b"\xef\xbb\xbfversion,occurred,")
    assert len([*csv.reader(sheet.text.splitlines())]) == 1 + len(
        web.get("/v1/deals/tiktok/events?include=voided&limit=500").json()["items"]
    )
    assert "cfius extended the deadline" in sheet.text


def test_an_hour_is_written_with_its_zone(web: httpx.Client) -> None:
    recorded = shown(web, "/deals/tiktok/events/tiktok-035")
    assert re.search(r"Recorded [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}, [0-9]{2}:[0-9]{2} UTC by desk", recorded)


def test_how_a_deal_ended_is_shown_and_its_members_are_not_counted(web: httpx.Client) -> None:
    assert "How the deal ended How closed On 22 Jan 2026" in shown(web, "/deals/tiktok?valid_at=2026-02-01")
    assert "How the deal ended" not in shown(web, "/deals/tiktok?valid_at=2026-01-01")


def test_the_basis_says_in_words_what_to_beware_of(web: httpx.Client) -> None:
    assert "Known time is later than valid time" in shown(web, "/deals/tiktok?valid_at=2020-11-26")
    assert "Known time is later than valid time" not in shown(
        web, "/deals/tiktok?valid_at=2020-11-26&known_at=2020-11-26&known_by=published"
    )
    assert "That day is in the future" in shown(web, "/deals/tiktok?valid_at=2999-01-01")
    assert "Facts only" in shown(web, "/deals/tiktok?valid_at=2020-11-26&layer=facts")
    assert "as published by 30 Aug 2020" in shown(
        web, "/deals/tiktok-2020?valid_at=2020-08-30&known_at=2020-08-30&known_by=published"
    )


def test_the_permalink_leads_to_the_same_state(web: httpx.Client) -> None:
    answer = web.get("/deals/tiktok?valid_at=2020-11-26")
    hash_of = re.compile(r'<code class="hash">([0-9a-f]{64})')
    link = re.search(r'<dt>Permalink</dt><dd><a href="([^"]+)"', answer.text)
    assert link is not None
    again = web.get(unescape(link[1]))
    assert hash_of.findall(again.text) == hash_of.findall(answer.text) != []


def test_a_deadline_is_drawn_to_scale(web: httpx.Client) -> None:
    html = web.get("/deals/tiktok?valid_at=2020-11-26").text
    lane = html[html.index('id="deadline-dl-divest"') : html.index('id="deadline-dl-transactions"')]
    due = re.search(r'<svg x="([\d.]+)%"[^>]*><path class="due"', lane)
    latest = re.search(r'<circle class="latest" cx="([\d.]+)%"', lane)
    now = re.search(r'<line class="now" x1="([\d.]+)%"', lane)
    moved = [float(x) for x in re.findall(r'<svg x="([\d.]+)%"[^>]*><line class="moved"', lane)]
    assert due
    assert latest
    assert now
    day = (float(latest[1]) - float(due[1])) / 8  # 4 December to 12 December
    assert float(due[1]) - float(now[1]) == pytest.approx(8 * day, abs=0.05)
    assert [float(due[1]) - each for each in moved] == pytest.approx([22 * day, 7 * day], abs=0.05)
    assert "latest possible 12 Dec 2020" in lane


def test_causes_lead_to_their_events_on_the_page(web: httpx.Client) -> None:
    html = web.get("/deals/tiktok?valid_at=2020-11-26").text
    causes = set(re.findall(r'class="event-id" href="#e-([^"]+)"', html))
    assert "tiktok-035" in causes
    assert causes <= set(re.findall(r'<li id="e-([^"]+)"', html))


def test_what_came_after_and_what_was_not_known_stand_apart(web: httpx.Client) -> None:
    told = shown(web, "/deals/tiktok-2020?valid_at=2020-08-30&known_at=2020-08-30&known_by=published")
    assert re.search(r"Timeline \d+ .*\d+ developments? not known then", told)
    assert re.search(r"Timeline \d+ .*\d+ developments after that day", shown(web, "/deals/tiktok?valid_at=2020-11-26"))


def test_of_a_long_record_the_latest_developments_by_that_day_are_listed(
    web: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deal_views, "EVENTS_READ", 5)
    told = shown(web, "/deals/tiktok?valid_at=2020-11-26")
    assert "The 5 latest by that day; all are in the audit view" in told
    assert "CFIUS: further 7 days to 4 Dec" in told
    assert "Time alone changes this next on" in told


def test_imprecise_dates_stay_windows(web: httpx.Client) -> None:
    told = shown(web, "/deals/tiktok-2020?valid_at=2020-09-12")
    assert "between 4 and 14 Sep 2020" in told
    assert "about Aug 2020" in told
    assert "possibly by then" in told


def test_sections_of_which_the_state_says_nothing_are_absent(web: httpx.Client) -> None:
    html = web.get("/deals/harm").text
    assert 'id="h-bids"' not in html
    assert 'id="h-deadlines"' not in html
    assert 'id="h-orders"' in html


def test_the_audit_view_lists_every_event_in_the_order_of_recording(web: httpx.Client) -> None:
    html = web.get("/deals/tiktok-2020/audit").text
    listed = [
        int(each) for each in re.findall(r'<tr><td class="num"><span class="said">version </span>(\d+)</td>', html)
    ]
    assert listed == list(range(1, 37))


def test_the_first_screen_names_the_latest_development_that_stands(web: httpx.Client) -> None:
    told = shown(web, "/deals/tiktok?valid_at=2020-11-26")
    assert "Latest development 25 Nov 2020 cfius extended the deadline" in told
    sent = web.post("/v1/deals/latest/events", json=LATEST)
    assert sent.status_code == 201, sent.text
    assert "Latest development 3 Jan 2024 acme submitted a bid" in shown(web, "/deals/latest")


def test_the_subject_of_a_deal_is_called_by_its_name(web: httpx.Client) -> None:
    assert f"Merger of {'W' * 180}" in shown(web, "/deals/harm")


def test_a_page_that_is_refused_leads_on_to_what_may_be_had(web: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = web.get("/deals/harm?valid_at=yesterday+noon")
    assert refused.status_code == 400
    assert re.findall(r'<a href="([^"]+)">([^<]+)</a>', refused.text)[-2:] == [
        ("/deals/harm", "The same page as of now"), ("/", "All deals"),
    ]  # fmt: skip

    def away(*_: object, **__: object) -> None:
        raise Busy("The database is not available; try again in a moment.", extra={"retry_after": 1})

    monkeypatch.setattr(lists, "list_deals", away)
    busy = web.get("/?status=open&order=title")
    assert busy.status_code == 503
    assert 'href="/?status=open&amp;order=title">Try again</a>' in busy.text


def test_an_unknown_path_is_a_page_to_a_browser_and_problem_details_to_others(web: httpx.Client) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = web.get("/nowhere?valid_at=2020-09-12", headers=browser)
    assert page.status_code == 404
    assert "No such page There is no page at this address. All deals" in words(page)
    for path, headers in (("/nowhere", {}), ("/v1/nowhere", browser)):
        answer = web.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_every_page_and_the_reference_have_the_same_links_at_the_top(web: httpx.Client) -> None:
    def links(path: str) -> list[str]:
        nav = re.search(r'<nav aria-label="Parley">(.*?)</nav>', web.get(path).text, re.DOTALL)
        return re.findall(r'href="([^"]+)"', nav[1]) if nav else []

    assert links("/docs") == links("/") == links("/deals/tiktok/replay") == [path for path, _words in PAGES]


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/deals/nowhere", 404, "There is no deal"),
        ("/deals/tiktok?knwon_at=2020-09-12", 400, "knows no parameter 'knwon_at'"),
        ("/deals/tiktok?valid_at=2020-09-12&valid_at=2020-09-13", 400, "appears twice"),
        ("/deals/tiktok?valid_at=2020-02-30", 400, "2020-02-30"),
        ("/deals/tiktok?known_at=2999-01-01", 400, "2999-01-01"),
        ("/deals/tiktok?known_version=999999", 404, "999999"),
        ("/deals/tiktok/events/nothing", 404, "nothing"),
        ("/deals/tiktok/record/deal.unheard_of", 404, "deal.unheard_of"),
    ],
)
def test_a_refusal_is_a_page_with_the_api_s_own_words(web: httpx.Client, path: str, status: int, sentence: str) -> None:
    assert sentence in shown(web, path, status)


def test_empty_inputs_of_the_form_ask_nothing(web: httpx.Client) -> None:
    told = shown(
        web, "/deals/tiktok?valid_at=2020-11-26&known_at=&known_version=&known_by=recorded&layer=all&reading=earliest"
    )
    assert "The deal as it stood on 26 Nov 2020" in told


def test_what_sources_smuggle_in_is_shown_as_text(web: httpx.Client) -> None:
    for path in (
        "/",
        "/deals/harm",
        "/deals/harm/audit",
        "/deals/harm/events/harm-2",
        "/deals/harm/record/order.signed",
    ):
        html = web.get(path).text
        assert "<img" not in html
        assert "<script>" not in html
        assert 'href="javascript:' not in html
        assert HARM in unescape(html), path
    assert 'href="https://example.org/a" rel="noreferrer' in web.get("/deals/harm/events/harm-2").text


def test_every_page_carries_a_strict_policy_and_nothing_inline(web: httpx.Client) -> None:
    pages = (
        "/",
        "/record",
        "/sign-in",
        "/deals/tiktok",
        "/deals/tiktok/audit",
        "/deals/tiktok/record",
        "/deals/nowhere",
    )
    for path in pages:
        answer = web.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        for tag, attributes in tags(answer.text):
            assert tag != "style"
            assert tag != "script" or attributes["src"].startswith("/static/")
            assert not [each for each in attributes if each == "style" or each.startswith("on")]
            assert not [each for each in ("src", "href", "action") if "//" in (attributes.get(each) or "")]


def test_the_scripts_and_the_sheet_are_served_from_here(web: httpx.Client) -> None:
    for name in re.findall(r'(?:src|href)="(/static/[^"]+)"', web.get("/").text):
        answer = web.get(name)
        assert answer.status_code == 200
        assert web.get(name, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304

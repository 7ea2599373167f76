"""Identifiers and codes: what each looks like, and a sentence for one that does not.

Every function returns the text that it was given, or raises ValueError with a sentence that says what to write instead.
Source of the check digits of an LEI: ISO 17442 and ISO/IEC 7064, MOD 97-10.
"""

import re
from collections.abc import Mapping

from domain.fields.iso_codes import COUNTRIES, CURRENCIES
from domain.nearest_names import nearest
from domain.time import instants

REF = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}"
"""A short id within a deal, and the id of a deal; without anchors."""

EVENT_ID = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}"
"""The id of an event; without anchors."""

DECIMAL = r"-?[0-9]{1,30}(\.[0-9]{1,18})?"
"""A decimal number as a text; without anchors."""

LEI = r"[A-Z0-9]{18}[0-9]{2}"
"""The form of a Legal Entity Identifier; its last two digits must fit the rest."""

GRADE = r"[A-F][1-6]"
"""Admiralty grade: the source from A (reliable) to F (unknown), the report from 1 (confirmed) to 6 (unknown)."""

_REF, _EVENT_ID, _DECIMAL, _LEI, _GRADE = (re.compile(form) for form in (REF, EVENT_ID, DECIMAL, LEI, GRADE))

_OTHER_COUNTRIES = {
    "UK": "GB", "EL": "GR", "USA": "US", "CHN": "CN", "GBR": "GB", "DEU": "DE", "FRA": "FR", "JPN": "JP", "KOR": "KR",
    "IND": "IN", "CAN": "CA", "AUS": "AU", "ITA": "IT", "ESP": "ES", "NLD": "NL", "CHE": "CH", "BRA": "BR", "RUS": "RU",
    "UNITED STATES": "US", "UNITED STATES OF AMERICA": "US", "AMERICA": "US", "UNITED KINGDOM": "GB", "BRITAIN": "GB",
    "GREAT BRITAIN": "GB", "ENGLAND": "GB", "EUROPE": "EU", "EUROPEAN UNION": "EU", "CHINA": "CN", "GERMANY": "DE",
    "FRANCE": "FR", "JAPAN": "JP", "SOUTH KOREA": "KR", "INDIA": "IN", "CANADA": "CA", "AUSTRALIA": "AU", "ITALY": "IT",
    "SPAIN": "ES", "NETHERLANDS": "NL", "SWITZERLAND": "CH", "BRAZIL": "BR", "RUSSIA": "RU",
}  # fmt: skip
"""Names that people try for a country, without points -> its code."""

_OTHER_CURRENCIES = {
    "$": "USD", "US$": "USD", "$US": "USD", "DOLLAR": "USD", "DOLLARS": "USD", "US DOLLAR": "USD", "US DOLLARS": "USD",
    "€": "EUR", "EURO": "EUR", "EUROS": "EUR", "£": "GBP", "POUND": "GBP", "POUNDS": "GBP", "STERLING": "GBP",
    "YEN": "JPY", "RMB": "CNY", "YUAN": "CNY", "RENMINBI": "CNY", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD",
    "HK$": "HKD", "NZ$": "NZD", "S$": "SGD", "R$": "BRL", "₹": "INR", "RUPEE": "INR", "RUPEES": "INR", "₩": "KRW",
    "WON": "KRW",
}  # fmt: skip
"""Names and signs that people try for a currency, without points -> its code."""

_TRADED_MOST = ("USD", "EUR", "JPY", "GBP", "CNY", "AUD", "CAD", "CHF", "HKD", "SGD", "INR")
"""Currencies that are proposed before others."""


def ref(text: str) -> str:
    """A short id: letters, digits, `_ . -`, at most 128."""
    if _REF.fullmatch(text) is None:
        raise ValueError(f"{_shown(text)} is not a valid id: {_id_fault(text, '_ . -')}.")
    return text


def is_ref(text: str) -> bool:
    """Whether a text is a short id."""
    return _REF.fullmatch(text) is not None


def event_id(text: str) -> str:
    """The id of an event: letters, digits, `_ . : -`, at most 128."""
    if _EVENT_ID.fullmatch(text) is None:
        raise ValueError(f"{_shown(text)} is not a valid event id: {_id_fault(text, '_ . : -')}.")
    return text


def country(text: str) -> str:
    """A country by ISO 3166-1 alpha-2, or EU."""
    if text not in COUNTRIES:
        better = _better(text, COUNTRIES, _OTHER_COUNTRIES)
        advice = better or "two capital letters such as US or EU"
        raise ValueError(f"{_shown(text)} is not a country code of ISO 3166-1 alpha-2: write {advice}.")
    return text


def currency(text: str) -> str:
    """A currency by ISO 4217."""
    if text not in CURRENCIES:
        better = _better(text, CURRENCIES, _OTHER_CURRENCIES)
        advice = better or " or ".join(_nearest_currencies(text)) or "three capital letters such as USD or EUR"
        raise ValueError(f"{_shown(text)} is not a currency code of ISO 4217: write {advice}.")
    return text


def decimal(text: str) -> str:
    """A decimal number as a text: digits, a point where needed, no exponent, no separators."""
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError(
            f"{_shown(text)} is not a decimal number: write up to 30 digits, and up to 18 after a point, such as 12.5."
        )
    return text


def lei(text: str) -> str:
    """A Legal Entity Identifier whose check digits fit."""
    if _LEI.fullmatch(text) is None:
        raise ValueError(
            f"{_shown(text)} is not a valid LEI: an LEI has 18 capital letters or digits, then two check digits."
        )
    expected = check_digits(text[:18])
    if text[18:] != expected:
        raise ValueError(
            f"'{text}' is not a valid LEI: its check digits should be {expected}, not {text[18:]}; check the spelling."
        )
    return text


def check_digits(base: str) -> str:
    """The two check digits of the first 18 characters of an LEI (ISO/IEC 7064, MOD 97-10)."""
    return f"{98 - int(''.join(str(int(each, 36)) for each in base) + '00') % 97:02d}"


def grade(text: str) -> str:
    """An Admiralty grade such as B2."""
    if _GRADE.fullmatch(text) is None:
        raise ValueError(
            f"{_shown(text)} is not a valid grade: write the source from A to F and the report from 1 to 6, such as B2."
        )
    return text


def zone(text: str) -> str:
    """An IANA time zone."""
    instants.zone(text)
    return text


def _shown(text: str) -> str:
    return repr(text if len(text) <= 64 else text[:61] + "...")


def _id_fault(text: str, marks: str) -> str:
    if text == "":
        return "it is empty"
    if len(text) > 128:
        return f"it has {len(text)} characters; the maximum is 128"
    if re.match(r"[A-Za-z0-9]", text) is None:
        return "it must start with a letter from A to Z or a digit"
    return f"only letters from A to Z, digits and {marks} are allowed, without spaces"


def _better(text: str, known: frozenset[str], other_names: Mapping[str, str]) -> str | None:
    upper = text.upper().replace(".", "").strip()
    meant = other_names.get(upper, upper)
    return meant if meant in known else None


def _nearest_currencies(text: str) -> tuple[str, ...]:
    spelt = text.upper()[:8]
    found = (*nearest(spelt, _TRADED_MOST), *nearest(spelt, sorted(CURRENCIES)))
    return tuple(dict.fromkeys(found))[:3]

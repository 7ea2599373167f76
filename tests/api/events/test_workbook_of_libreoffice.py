"""Workbooks that LibreOffice Calc wrote: read with their dates, also one that it saved of an export."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.events.sheets import workbook

pytest.importorskip("openpyxl", reason="the extra xlsx is not installed: pip install 'parley-tracker[xlsx]'")

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(
    SOFFICE is None,
    reason="LibreOffice is not installed: apt-get install libreoffice-calc (300 MB, so .ci/run leaves it out)",
)

SHEET = """\
deal_id,id,type,occurred,title,kind,subject,deadline_id,obligation,set_by,force,due,bid_id,bidders,price
calc,calc-1,deal.opened,2020-08-06,Sale of Zürich & “Ω”,merger,target,,,,,,,,
calc,calc-2,deadline.set,2020-08-07,,,,dl,close,us,statutory,2020-09-20,,,
calc,calc-3,bid.submitted,2020-08-20,,,,,,,,,b,oracle; walmart,"{""amount"": ""30000000000"", ""currency"": ""USD""}"
"""


def saved_by_calc(folder: Path, source: str) -> bytes:
    """The workbook that LibreOffice saves of a file."""
    assert SOFFICE is not None
    of_text = ["--infilter=CSV:44,34,76,1,,0,false,true"] if source.endswith(".csv") else []
    profile, saved = f"-env:UserInstallation=file://{folder}/profile", folder / "saved"
    command = [SOFFICE, profile, "--headless", "--convert-to", "xlsx", *of_text, "--outdir", saved, folder / source]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return (saved / source).with_suffix(".xlsx").read_bytes()


def imported(http: httpx.Client, content: bytes) -> Any:
    return http.post("/v1/imports", content=content).json()


def test_its_dates_are_cells_that_are_read_as_days(http: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text(SHEET, encoding="utf-8")
    report = imported(http, saved_by_calc(tmp_path, "sheet.csv"))
    assert (report["recorded"], report["errors"]) == (3, [])
    state = http.get("/v1/deals/calc/state?valid_at=2020-09-01").json()
    assert state["deal"]["title"] == "Sale of Zürich & “Ω”"
    assert state["deal"]["opened"] == "2020-08-06"
    assert state["deadlines"]["dl"]["due"] == "2020-09-20"
    assert state["bids"]["b"]["price"] == {"amount": "30000000000", "currency": "USD"}
    assert state["bids"]["b"]["bidders"] == ["oracle", "walmart"]

    exported = http.get("/v1/events", headers={"Accept": workbook.MEDIA})
    (tmp_path / "ours.xlsx").write_bytes(exported.content)
    again = imported(http, saved_by_calc(tmp_path, "ours.xlsx"))
    assert (again["repeated"], again["errors"]) == (3, [])


def test_a_date_in_another_form_is_named_by_row_and_column(http: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "wrong.csv").write_text(SHEET.replace("2020-09-20", "20th of September"), encoding="utf-8")
    report = imported(http, saved_by_calc(tmp_path, "wrong.csv"))
    [error] = report["errors"]
    assert report["recorded"] == 0
    assert error["line"] == 3
    assert error["detail"].startswith("Column L (due): '20th of September'")

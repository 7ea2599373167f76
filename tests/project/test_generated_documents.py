"""The documents that are generated from the code are up to date, and `make docs` writes them."""

import runpy
import sys
from pathlib import Path

import pytest

from docs import screenshots
from docs.generate import GENERATORS, ROOT, main, openapi_document


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generated_document_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATORS[name](), "run: make docs"


def test_every_page_of_the_reference_is_generated() -> None:
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "reference").iterdir()}
    assert pages == {name for name in GENERATORS if name.startswith("reference/")}


def test_a_document_that_was_edited_or_is_missing_is_named_and_written_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reference").mkdir()
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    assert capsys.readouterr().err == ""
    rules = tmp_path / "reference/rules.md"
    right = rules.read_text(encoding="utf-8")
    rules.write_text(right + "One more rule.\n", encoding="utf-8")
    (tmp_path / "openapi.json").unlink()
    assert main(["--check"], tmp_path) == 1
    said = capsys.readouterr().err
    assert "docs/reference/rules.md is out of date: run `make docs`" in said
    assert "docs/openapi.json is out of date: run `make docs`" in said
    assert rules.read_text(encoding="utf-8") != right, "a check writes nothing"
    assert main([], tmp_path) == 0
    assert capsys.readouterr().out == "docs/reference/rules.md written\ndocs/openapi.json written\n"
    assert rules.read_text(encoding="utf-8") == right


def test_the_module_of_the_document_writes_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "openapi.json"
    monkeypatch.setattr(sys, "argv", ["api.openapi", str(target)])
    runpy.run_module("api.openapi", run_name="__main__")
    assert target.read_text(encoding="utf-8") == openapi_document()


def test_the_readme_shows_each_screenshot() -> None:
    shown = (ROOT.parent / "README.md").read_text(encoding="utf-8")
    assert screenshots.main(["--check"]) == 0
    for name in screenshots.PAGES:
        assert f"](docs/images/{name})" in shown
        assert (screenshots.IMAGES / name).read_bytes().startswith(b"\x89PNG")


def test_without_a_browser_the_screenshots_stay_as_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(screenshots, "IMAGES", tmp_path)
    monkeypatch.setenv("CHROMIUM", "")
    assert screenshots.main([]) == 0
    assert [*tmp_path.iterdir()] == []
    assert "no Chromium" in capsys.readouterr().err
    assert screenshots.main(["--check"]) == 1
    assert "docs/images/deal.png is missing: run `make docs`" in capsys.readouterr().err

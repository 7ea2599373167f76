"""Takes the screenshots of the page that the README shows: `make docs`.

They show the record of the demo as of a day of 2020, as published by that day. The environment variable CHROMIUM names
the browser; without one, or where it is empty, none are taken.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"

BASIS = "valid_at=2020-11-26&known_at=2020-11-26&known_by=published"

PAGES: Mapping[str, str] = {"deal.png": f"/deals/tiktok?{BASIS}", "deals.png": f"/?{BASIS}"}
"""The page of each image."""

SIZES: Mapping[str, tuple[int, int]] = {"deal.png": (1280, 860), "deals.png": (1280, 460)}
"""Width and height of each image in pixels."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking")


@contextmanager
def demo() -> Iterator[str]:
    """The address of a server that holds the record of the demo and ends with the block."""
    parley = Path(sys.executable).parent / "parley"
    with tempfile.TemporaryDirectory() as folder:
        command = [str(parley), "demo", "--port", "0", "--data", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as server:
            try:
                lines = server.stdout or ()
                yield next(found[0] for line in lines if (found := re.search(r"http://127\.0\.0\.1:[0-9]+", line)))
            finally:
                server.terminate()


def screenshots(chromium: str) -> dict[str, bytes]:
    """Each image by its name."""
    taken = {}
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        for name, path in PAGES.items():
            width, height = SIZES[name]
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
            page.goto(address + path)
            taken[name] = page.screenshot(animations="disabled")
        browser.close()
    return taken


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the screenshots, or with --check only say which are missing. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.screenshots", description=__doc__)
    parser.add_argument("--check", action="store_true", help="take none; exit with 1 if one is missing")
    if parser.parse_args(arguments).check:
        missing = [name for name in PAGES if not (IMAGES / name).exists()]
        print(*(f"docs/images/{name} is missing: run `make docs`" for name in missing), sep="\n", file=sys.stderr)
        return 1 if missing else 0
    chromium = os.environ.get("CHROMIUM", next(filter(None, map(shutil.which, BROWSERS)), ""))
    if not chromium:
        print("no Chromium: the screenshots in docs/images stay as they are", file=sys.stderr)
        return 0
    IMAGES.mkdir(exist_ok=True)
    for name, image in screenshots(chromium).items():
        (IMAGES / name).write_bytes(image)
        print(f"docs/images/{name} written, {len(image):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())

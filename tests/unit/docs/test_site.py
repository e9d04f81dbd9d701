"""The documentation site builds without a warning, and every link in it leads somewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """What a page links to, what it loads by itself, and the places one can link to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value for name, value in attrs if value is not None}
        self.places |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "link" and found.get("rel") not in ("canonical", "prev", "next"):
            self.loads.append(found.get("href", ""))
        elif "src" in found:
            self.loads.append(found["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


def test_every_page_that_somebody_wrote_is_in_the_site_and_in_its_menu(
    site: Path, pages: dict[Path, Page]
) -> None:
    written = [page.relative_to(DOCS).with_suffix(".html") for page in DOCS.rglob("*.md")]
    assert {site / page for page in written} <= set(pages)
    home = pages[site / "index.html"]
    linked = {(site / unquote(urlsplit(link).path)).resolve() for link in home.links}
    assert {(site / page).resolve() for page in written} <= linked | {site.resolve()}


def test_every_link_leads_to_a_page_and_a_place_that_is_there(pages: dict[Path, Page]) -> None:
    broken = []
    places = {path.resolve(): page.places for path, page in pages.items()}
    for path, page in pages.items():
        if path.name == "404.html":
            continue  # its links are those of the place it will be served at
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            if not target.exists() or (
                parts.fragment and unquote(parts.fragment) not in places[target]
            ):
                broken.append((path.name, link))
    assert broken == []


def test_reading_it_fetches_nothing_from_anywhere(pages: dict[Path, Page]) -> None:
    outside = {load for page in pages.values() for load in page.loads if urlsplit(load).netloc}
    assert outside == set()


def test_the_page_of_the_command_line_holds_every_command(site: Path) -> None:
    from typer.main import get_command

    from perser_gui.cli import COMMANDS, GROUPS

    text = (site / "reference" / "command-line.html").read_text(encoding="utf-8")
    wanted = [*COMMANDS, *GROUPS]
    for name, group in GROUPS.items():
        wanted += [f"{name} {inner}" for inner in get_command(group).commands]  # type: ignore[attr-defined]
    assert [name for name in wanted if f">perser {name}<" not in text] == []
    assert "…</li>" not in text
    assert "...</li>" not in text


def test_the_reference_holds_every_public_name(site: Path) -> None:
    import perser_gui

    text = (site / "reference" / "python.html").read_text(encoding="utf-8")
    public = set(perser_gui.__all__) - {"__version__"}
    assert [name for name in sorted(public) if f'id="perser_gui.{name}"' not in text] == []

"""The report: whole, self-contained, and the same for the same results."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from perser_gui.evaluation import figure
from perser_gui.evaluation.episode_lists import draw_episodes
from perser_gui.evaluation.figure import write_figure
from perser_gui.evaluation.report import report
from perser_gui.evaluation.results import Results, summarize
from perser_gui.evaluation.runner import run
from perser_gui.evaluation.svg import ticks
from perser_gui.model.checkpoint import Checkpoint

from .conftest import FixedAdapter, planted


class Page(HTMLParser):
    """Collects text, tags and outside addresses of a page, and checks that tags are closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [v for k, v in attrs if k in ("src", "href", "xlink:href") and v]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture
def results(theta: Checkpoint) -> Results:
    material = planted({"ann": 0, "bo": 1, "cy": 0})
    episodes = draw_episodes(material.table, shots=(5, 10), repeats=3, seed=2)
    adapters = {
        "generic": FixedAdapter("generic", knows=False),
        "knowing": FixedAdapter("knowing", knows=True),
    }
    found = run(material, theta, episodes, adapters, configuration={"seed": 2, "model": "abc"})
    return replace(found, notes=("a note with <b>tags</b>",))


def test_the_page_is_well_formed_and_asks_for_nothing_from_outside(results: Results) -> None:
    html = report(results, seed=0, fingerprint="f00d")
    page = Page(html)
    assert page.open == []
    assert page.addresses == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert "http" not in html
    assert "@import" not in html
    assert "url(" not in html


def test_the_page_states_every_summary_and_how_it_was_made(results: Results) -> None:
    text = " ".join(Page(report(results, seed=0, fingerprint="f00d")).text)
    for item in summarize(results, seed=0):
        assert f"{item.intervals['macro_f1'].mean:.3f}" in text
        if item.adapter != "generic":
            assert f"{item.gain_over_generic.mean:+.3f}" in text
    for word in ("3 listeners", "f00d", "abc", "67% of listeners helped, 33% harmed", "alpha"):
        assert word in text


def test_switches_of_the_configuration_are_told_in_words(results: Results) -> None:
    told = replace(
        results, configuration={"library": True, "shared_words": False, "shots": [5, 10]}
    )
    page = report(told, seed=0, fingerprint="")
    for name, value in (("library", "yes"), ("shared words", "no"), ("shots", "5, 10")):
        assert f"<td>{name}</td><td><code>{value}</code></td>" in page


def test_every_listener_has_a_mark_in_the_gain_plot(results: Results) -> None:
    html = report(results, seed=0, fingerprint="")
    strips = html[html.index("Listener by listener") :]
    assert strips[: strips.index("</figure>")].count("<circle") == 3


def test_swapped_pairs_compare_adapters_on_the_same_clips(results: Results) -> None:
    html = report(results, seed=0, fingerprint="")
    table = html[html.index("Emotions that are swapped") :]
    first = table[table.index("<tbody>") : table.index("</tr>", table.index("<tbody>"))]
    cells = [part.partition("<")[0] for part in first.split("<td>")[1:]]
    assert cells[1] == "neutral"
    assert cells[2] == "100%"


def test_the_page_tells_what_leaving_unsure_clips_out_gains(results: Results) -> None:
    page = Page(report(results, seed=2, fingerprint="f")).text
    assert "How sure, and how right" in page
    rows = page[page.index("accuracy, 80% kept") :]
    for item in results.calibration:
        assert f"{item.ece:.3f}" in rows
        assert f"{item.accuracy_at['0.8']:.1%}" in rows


def test_names_with_markup_stay_text(results: Results) -> None:
    rows = tuple(replace(r, listener=f"<script>{r.listener}</script>") for r in results.rows)
    html = report(replace(results, rows=rows), seed=0, fingerprint="<i>")
    assert "<script>" not in html
    assert "a note with &lt;b&gt;" in html
    assert "<i>" not in html.replace('<i style="', "")


def test_equal_results_give_equal_pages_whatever_the_clock_said(results: Results) -> None:
    later = replace(results, rows=tuple(replace(r, seconds=r.seconds + 1) for r in results.rows))
    assert report(results, seed=0, fingerprint="x") == report(later, seed=0, fingerprint="x")


def test_one_listener_and_one_adapter_make_a_page_too(theta: Checkpoint) -> None:
    material = planted({"ann": 0})
    episodes = draw_episodes(material.table, shots=(5,), repeats=1)
    found = run(material, theta, episodes, {"generic": FixedAdapter("generic", knows=True)})
    page = Page(report(found, seed=0, fingerprint=""))
    assert page.open == []
    assert "1 listener," in " ".join(page.text)


@pytest.mark.parametrize(
    ("low", "high"), [(0.31, 0.58), (0, 0), (-0.2, 0.3), (float("nan"), 1), (1e-5, 2e-5), (5, 90)]
)
def test_ticks_enclose_the_values_and_are_few(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 8
    if low == low:
        assert found[0] <= low + 1e-9
        assert found[-1] >= high - 1e-9


def test_simulated_listeners_are_called_simulated(results: Results) -> None:
    assert "simulated" not in report(results, seed=0, fingerprint="")
    rows = tuple(replace(r, listener=f"simulated-{r.listener}") for r in results.rows)
    page = report(replace(results, rows=rows), seed=0, fingerprint="")
    assert "3 simulated listeners," in page
    mixed = replace(results, rows=(*[r for r in results.rows if r.listener == "ann"], *rows))
    assert " listeners (3 simulated)," in report(mixed, seed=0, fingerprint="")


def test_the_figure_says_whom_it_is_about(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    said: list[str] = []
    monkeypatch.setattr(Figure, "suptitle", lambda _self, text, **_: said.append(text))
    write_figure(summarize(results, seed=0), tmp_path / "a.png", "simulated listeners")
    assert said == ["3 simulated listeners, means with 95 % intervals"]
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_what_loses_everywhere_leaves_room_for_the_others(results: Results) -> None:
    rows = tuple(replace(r, macro_f1=0.0 if r.adapter == "knowing" else 0.5) for r in results.rows)
    page = report(replace(results, rows=rows), seed=0, fingerprint="")
    assert "leave out what loses more than 0.1 of macro-F1 everywhere: knowing" in page
    assert "Listener by listener" not in page
    curves = page[page.index("Learning curves") : page.index("Every figure")]
    assert "generic, 5 ratings" in curves
    assert "knowing, 5 ratings" not in curves
    assert "<th>knowing</th>" not in page[page.index("Emotions that are swapped") :]


def test_the_figure_leaves_out_what_loses_everywhere_and_says_so(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    drawn: list[str] = []
    told: list[str] = []
    curve = figure._curve

    def noted(*arguments: Any) -> None:
        drawn.append(arguments[3])
        curve(*arguments)

    monkeypatch.setattr(figure, "_curve", noted)
    write = Figure.text

    def telling(self: Figure, x: float, y: float, text: str, **style: Any) -> Any:
        told.append(text)
        return write(self, x, y, text, **style)

    monkeypatch.setattr(Figure, "text", telling)
    rows = tuple(replace(r, macro_f1=0.0 if r.adapter == "knowing" else 0.5) for r in results.rows)
    write_figure(summarize(replace(results, rows=rows), seed=0), tmp_path / "a.png")
    assert set(drawn) == {"generic"}
    assert "far below, not drawn: knowing" in told


def test_the_table_names_each_adapter_once(results: Results) -> None:
    html = report(results, seed=0, fingerprint="")
    table = html[html.index("Every figure") : html.index("Helped and harmed")]
    assert table.count("<td>knowing</td>") == 1
    assert table.count("<tr class=first>") == 2
    assert table.count("<td>10</td>") == 2

"""The report of an evaluation: one HTML page that holds everything it shows.

It needs no network and no script, and no clock time stands in it, so equal results give
equal pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from perser_gui.evaluation.figure import FAR_BELOW, colour_of, far_below
from perser_gui.evaluation.metrics import Interval
from perser_gui.evaluation.results import GENERIC, Results, Summary, listener_gains, summarize
from perser_gui.evaluation.svg import Series, curves, gain_strips

SWAPPED = 12
"""How many swapped pairs are listed."""

SENTENCES = 4
"""How many of the best adapters are told about in words."""

_STYLE = """
:root{color-scheme:light dark;--ink:#1f2430;--soft:#5b6474;--line:#d9dde5;--page:#fff;
--card:#f6f7f9}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaf0;--soft:#a3abba;--line:#3a4150;--page:#16181d;
--card:#1f232b}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:1240px;
margin:2rem auto;padding:0 1.2rem}
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}
p{margin:.4rem 0;max-width:75ch}.soft{color:var(--soft)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.8rem}
th,td{padding:.25rem .42rem;text-align:right;white-space:nowrap}
tr.first td,.text td{border-top:1px solid var(--line)}.text td+td{white-space:normal}
th{color:var(--soft);font-weight:600;white-space:normal;vertical-align:bottom}
th:first-child,td:first-child,.text td{text-align:left}
.narrow th,.narrow td{padding:.25rem .18rem}.narrow th{font-size:.7rem}
.wide{overflow-x:auto}.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));
gap:1rem}figure{margin:0;max-width:720px;background:var(--card);border-radius:10px;padding:.8rem}
figcaption{font-size:.85rem;color:var(--soft)}svg{width:100%;height:auto;font:12px system-ui}
svg text{fill:var(--soft)}.grid{stroke:var(--line)}.zero{stroke:var(--soft);stroke-dasharray:4 3}
.key{display:inline-flex;align-items:center;margin-right:1.1rem}.key i{width:12px;height:12px;
border-radius:3px;margin-right:.4rem}.up{color:#2e8b70}.down{color:#d6493e}
code{overflow-wrap:anywhere;font-size:.85rem}ul{padding-left:1.2rem}
"""


def report(results: Results, *, seed: int, fingerprint: str) -> str:
    """Return the page of an evaluation."""
    summary = summarize(results, seed=seed)
    colours = colour_of(results.adapters)
    most = results.shots[-1]
    body = [
        "<h1>How much a few ratings help</h1>",
        f'<p class="soft">{_lead(results, summary)}</p>',
        "".join(f"<p>{_sentence(item)}</p>" for item in _told(summary, most)),
        _legend(colours),
        _section("Learning curves", _learning(summary, colours)),
        _section("Every figure", _table(summary)),
        _section("Listener by listener", _listeners(results, colours, most, far_below(summary))),
        _section("Emotions that are swapped", _swapped(results, most, far_below(summary))),
        _section("How sure, and how right", _calibration(results)),
        _section("Agreement between listeners", _agreement(results.agreement)),
        _section("How it was made", _configuration(results, fingerprint)),
    ]
    if results.notes:
        notes = "".join(f"<li>{escape(note)}</li>" for note in results.notes)
        body.append(_section("What to know about it", f"<ul>{notes}</ul>"))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>How much a few ratings help</title><style>{_STYLE}</style></head>\n<body>"
        + "\n".join(part for part in body if part)
        + "</body></html>\n"
    )


def _lead(results: Results, summary: Sequence[Summary]) -> str:
    listeners = max(item.listeners for item in summary)
    episodes = max(item.episodes for item in summary)
    shots = ", ".join(map(str, results.shots))
    over = summary[0].interval_over
    whose = results.people if listeners > 1 else results.people.replace("listeners", "listener")
    people = f"{listeners:,} {whose}"
    return (
        f"{people}, {shots} ratings to learn from, {episodes:,} draws for each number. Scores are "
        "means over listeners on ratings that never served for learning; intervals are 95 % over "
        f"{over}. They say how each listener would label clips, and nothing about the speaker."
    )


def _told(summary: Sequence[Summary], shots: int) -> list[Summary]:
    """Return whom sentences are spent on: generic, Meta-PerSER, and the best of the others."""
    items = [item for item in summary if item.shots == shots]
    ranked = sorted(items, key=lambda item: -item.intervals["macro_f1"].mean)
    first = {GENERIC, "meta-perser"} | {item.adapter for item in ranked[:SENTENCES]}
    return [item for item in items if item.adapter in first]


def _sentence(item: Summary) -> str:
    score = item.intervals["macro_f1"]
    if item.adapter == GENERIC:
        return f"Everyone's model, without adapting: macro-F1 <b>{score.mean:.3f}</b>."
    gain = item.gain_over_generic
    return (
        f"{escape(item.adapter)} with {item.shots} ratings: macro-F1 <b>{score.mean:.3f}</b>, "
        f"{_signed(gain.mean)} ({gain.low:+.3f} to {gain.high:+.3f}) over everyone's model; "
        f"{item.share_helped:.0%} of listeners helped, {item.share_harmed:.0%} harmed."
    )


def _signed(value: float) -> str:
    kind = "up" if value > 0 else "down" if value < 0 else "soft"
    return f'<b class="{kind}">{value:+.3f}</b>'


def _legend(colours: Mapping[str, str]) -> str:
    keys = "".join(
        f'<span class="key"><i style="background:{colour}"></i>{escape(name)}</span>'
        for name, colour in colours.items()
    )
    return f"<p>{keys}</p>"


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>" if content else ""


def _learning(summary: Sequence[Summary], colours: Mapping[str, str]) -> str:
    hidden = far_below(summary)

    def plot(name: str, y: str, caption: str, *, zero: bool = False) -> str:
        series = [
            Series(
                adapter,
                colour,
                tuple(
                    (float(item.shots), _value(item, name))
                    for item in summary
                    if item.adapter == adapter
                ),
            )
            for adapter, colour in colours.items()
            if adapter not in hidden and not (zero and adapter == GENERIC)
        ]
        picture = curves(series, title=caption, x="ratings to learn from", y=y, zero=zero)
        return f"<figure>{picture}<figcaption>{escape(caption)}</figcaption></figure>"

    return (
        '<div class="pair">'
        + plot("macro_f1", "macro-F1", "macro-F1 on each listener's own ratings")
        + plot("gain_over_generic", "gain", "gain in macro-F1 over everyone's model", zero=True)
        + plot("nll", "nats", "negative log-likelihood (lower is better)")
        + plot("ece", "error", "expected calibration error (lower is better)")
        + "</div>"
        + (f'<p class="soft">{_left_out(hidden)}</p>' if hidden else "")
    )


def _left_out(hidden: Sequence[str]) -> str:
    return (
        f"Plots leave out what loses more than {-FAR_BELOW:g} of macro-F1 everywhere: "
        f"{escape(', '.join(hidden))}."
    )


def _value(item: Summary, name: str) -> Interval:
    return item.gain_over_generic if name == "gain_over_generic" else item.intervals[name]


def _table(summary: Sequence[Summary]) -> str:
    personal = any("personalization_gain" in item.intervals for item in summary)
    header = ["adapter", "shots", "macro-F1 (95 %)", "gain (95 %)", "helped", "harmed", "won"]
    header += ["UAR", "accuracy", "NLL", "ECE", "multi-label F1"]
    header += ["own − others'"] * personal + ["listeners"]
    rows: list[list[str]] = []
    before = ""
    for item in summary:
        found, gain = item.intervals, item.gain_over_generic
        score = found["macro_f1"]
        cells = ["" if item.adapter == before else item.adapter]
        before = item.adapter
        cells += [str(item.shots), f"{score.mean:.3f} ({_range(score)})"]
        cells.append("" if item.adapter == GENERIC else f"{gain.mean:+.3f} ({_range(gain, '+')})")
        cells += [f"{item.share_helped:.0%}", f"{item.share_harmed:.0%}", f"{item.win_rate:.0%}"]
        names = ("uar", "accuracy", "nll", "ece", "multilabel_f1")
        cells += [f"{found[name].mean:.3f}" for name in names]
        if personal:
            own = found.get("personalization_gain")
            cells.append("" if own is None else f"{own.mean:+.3f}")
        rows.append([*cells, str(item.listeners)])
    explained = (
        '<p class="soft">Helped and harmed: shares of listeners whose macro-F1 rose or fell; won: '
        "share of draws that beat everyone's model"
        + (
            "; own − others': macro-F1 on the listener's ratings minus that on other listeners' "
            "ratings of the same clips"
            if personal
            else ""
        )
        + ".</p>"
    )
    return _html_table(header, rows) + explained


def _range(value: Interval, sign: str = "") -> str:
    return f"{value.low:{sign}.3f} to {value.high:{sign}.3f}"


def _html_table(header: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "") -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(
        f"<tr{' class=first' if cells[0] else ''}>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for cells in map(list, rows)
    )
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _listeners(
    results: Results, colours: Mapping[str, str], shots: int, hidden: Sequence[str]
) -> str:
    strips = [
        (name, colours[name], tuple(listener_gains(results, name, shots).values()))
        for name in results.adapters
        if name != GENERIC and name not in hidden
    ]
    if not strips:
        return ""
    caption = f"gain in macro-F1 over everyone's model, {shots} ratings"
    picture = gain_strips(strips, title=caption, x=caption)
    return (
        f"<figure>{picture}<figcaption>One mark for each listener, the mean over their draws; "
        "the bar is the mean over listeners. Marks left of the line were harmed."
        "</figcaption></figure>"
    )


def _swapped(results: Results, shots: int, hidden: Sequence[str]) -> str:
    """List the pairs swapped most often by everyone's model, and by each adapter in the plots."""
    shares: dict[str, dict[tuple[str, str], float]] = {}
    for name in (each for each in results.adapters if each not in hidden):
        cells = {
            (c.rated, c.predicted): c.count
            for c in results.confusions
            if c.adapter == name and c.shots == shots
        }
        totals: dict[str, int] = {}
        for (rated, _), count in cells.items():
            totals[rated] = totals.get(rated, 0) + count
        shares[name] = {pair: count / totals[pair[0]] for pair, count in cells.items()}
    swaps = {
        (c.rated, c.predicted): c.count
        for c in results.confusions
        if c.adapter == GENERIC and c.shots == shots and c.rated != c.predicted
    }
    pairs = sorted(swaps, key=lambda pair: (-swaps[pair], pair))[:SWAPPED]
    if not pairs:
        return ""
    rows = [
        [rated, predicted, *(f"{shares[name].get((rated, predicted), 0):.0%}" for name in shares)]
        for rated, predicted in pairs
    ]
    return (
        f"<p>Share of the clips rated so that were predicted so, {shots} ratings.</p>"
        + _html_table(["rated", "predicted", *shares], rows, "narrow")
    )


def _calibration(results: Results) -> str:
    """Show the calibration error of all predictions, and what leaving the unsure ones out gains."""
    kept = ("1", "0.9", "0.8", "0.5")
    rows: list[list[str]] = []
    before = ""
    for item in results.calibration:
        cells = ["" if item.adapter == before else item.adapter, str(item.shots)]
        before = item.adapter
        cells += [f"{item.ece:.3f}", *(f"{item.accuracy_at[share]:.1%}" for share in kept)]
        rows.append(cells)
    if not rows:
        return ""
    header = ["adapter", "shots", "ECE, all predictions"]
    header += [f"accuracy, {float(share):.0%} kept" for share in kept]
    return (
        _html_table(header, rows)
        + '<p class="soft">ECE here is over the predictions of all draws at once: over the few '
        "clips of a single draw (the ECE above) chance alone makes some .1. Kept are each "
        "draw's most certain clips.</p>"
    )


def _agreement(found: Mapping[str, Any]) -> str:
    if not found:
        return ""
    if found.get("alpha") is None:
        return "<p>No clip was rated by two of the listeners, so nothing can be said.</p>"
    return (
        f"<p>Krippendorff's alpha is <b>{found['alpha']:.3f}</b> over "
        f"{found['clips_rated_by_several']:,} clips that several of {found['listeners']:,} "
        "listeners rated (1 is full agreement, 0 what chance gives).</p>"
    )


def _configuration(results: Results, fingerprint: str) -> str:
    rows = [
        [name.replace("_", " "), _plain(value)] for name, value in results.configuration.items()
    ]
    rows.append(["fingerprint of the results", fingerprint])
    body = "".join(
        f"<tr><td>{escape(name)}</td><td><code>{escape(value)}</code></td></tr>"
        for name, value in rows
    )
    return f'<div class="wide"><table class="text"><tbody>{body}</tbody></table></div>'


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

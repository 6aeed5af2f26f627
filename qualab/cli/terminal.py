"""What the command line prints: results on stdout, a progress bar on stderr where that is a terminal."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.table import Table

from qualab.errors import one_line
from qualab.study.json_values import json_safe
from qualab.study.units import duration

if TYPE_CHECKING:
    import pandas as pd


_PIPE_WIDTH = 160


class Draw(Protocol):
    """Draws how far a work is."""

    def __call__(self, done: float, total: float, text: str = "", eta_s: float | None = None, /) -> None:
        """Draw a bar; `eta_s` are the seconds left, where they are known."""


def say(text: str) -> None:
    """Print a note to stderr."""
    print(text, file=sys.stderr, flush=True)


def emit(record: Mapping[str, object]) -> None:
    """Print one NDJSON record to stdout; NaN and infinity become null."""
    print(json.dumps(json_safe(record), ensure_ascii=False, allow_nan=False), flush=True)


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """Print a table to stdout; columns named in `right` are numbers."""
    console = _console()
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table, markup=False)


def width() -> int:
    """Return how many columns a table on stdout may take."""
    return _console().width


def show_scores(title: str, scores: "pd.DataFrame", baselines: Mapping[str, str] | None = None) -> None:
    """Print mean scores, one row per clip and HRC, and by how much the first metric is above the HRC's baseline.

    `baselines` is that of each HRC, as Study.baselines. There is a column for every metric measured, as they come.
    """
    from qualab.study.families import METRICS

    means = scores[scores["pooling"] == "mean"].set_index(["src", "hrc", "metric"])
    metrics = list(dict.fromkeys(means.index.get_level_values("metric")))
    value, lossless = means["value"].to_dict(), means["lossless"].to_dict()

    def cell(src: str, hrc: str, metric: str) -> str:
        key = (src, hrc, metric)
        return "" if key not in value else "lossless" if lossless[key] else f"{value[key]:.3f}"

    def gain(src: str, hrc: str) -> str:
        this, base = (src, hrc, metrics[0]), (src, (baselines or {}).get(hrc, ""), metrics[0])
        return f"{value[this] - value[base]:+.3f}" if this in value and base in value else ""

    places = list(dict.fromkeys((src, hrc) for src, hrc, _ in means.index))
    rows = [(src, hrc, *(cell(src, hrc, name) for name in metrics)) for src, hrc in places]
    columns = ["clip", "HRC", *(METRICS[name].title for name in metrics)]
    if baselines and metrics:
        bases = set(baselines.values())
        columns.append(f"{METRICS[metrics[0]].title} - {bases.pop() if len(bases) == 1 else 'its baseline'}")
        rows = [(*row, gain(*place)) for row, place in zip(rows, places, strict=True)]
    show(title, columns, rows, right=columns[2:])


def show_diagnostics(looks: "pd.DataFrame") -> None:
    """Print the mean diagnostics, one row per clip and HRC."""
    from qualab.study.families import DIAGNOSTICS

    means = looks[looks["pooling"] == "mean"].pivot_table("value", ["src", "hrc"], "metric", sort=False)
    names = [name for name in DIAGNOSTICS if name in means.columns]
    columns = ["clip", "HRC", *(DIAGNOSTICS[name].title for name in names)]
    values = means[names].to_numpy(dtype=float).tolist()
    rows = [(*place, *row) for place, row in zip(means.index, values, strict=True)]
    show("Diagnostics (what the clips are like, not a ranking), mean over frames", columns, rows, right=columns[2:])


def show_findings(findings: Sequence[Mapping[str, str]], *, as_json: bool) -> None:
    """Print what the preflight gate found of a pair: a table, or one NDJSON record each."""
    if as_json:
        for finding in findings:
            emit({"type": "finding", **finding})
        return
    rows = [[finding[key] for key in ("code", "verdict", "text", "hint")] for finding in findings]
    show("Preflight", ("code", "verdict", "what was seen", "how to fix it"), rows)


@contextmanager
def progress(title: str) -> Iterator[Draw]:
    """Give a function (done, total, text, seconds left or None) that draws a bar on a terminal, else does nothing."""
    if not sys.stderr.isatty():
        yield lambda done, total, text="", eta_s=None: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[text]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, left="", text="")

        def draw(done: float, total: float, text: str = "", eta_s: float | None = None) -> None:
            left = "" if eta_s is None else f"about {duration(eta_s)} left"
            bar.update(task, completed=done, total=total, left=left, text=one_line(text))

        yield draw


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False, emoji=False)


def _cell(value: object) -> str:
    return one_line(f"{value:.3f}" if isinstance(value, float) else "" if value is None else str(value))

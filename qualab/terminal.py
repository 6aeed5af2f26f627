"""What the command line prints: results on stdout, a progress bar on stderr where that is a terminal."""

import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from qualab.errors import one_line

if TYPE_CHECKING:
    import pandas as pd

    from qualab.stats.result import Result

_PIPE_WIDTH = 160


def say(text: str) -> None:
    """Print a note to stderr."""
    print(text, file=sys.stderr, flush=True)


def emit(record: dict[str, Any]) -> None:
    """Print one NDJSON record to stdout; NaN and infinity become null."""
    print(json.dumps(_plain(record), ensure_ascii=False, allow_nan=False), flush=True)


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


def show_scores(title: str, scores: "pd.DataFrame", baseline: str | None = None) -> None:
    """Print mean scores, one row per clip and HRC, VMAF with its difference to the baseline."""
    from qualab.terms import METRIC_TITLES

    means = scores[scores["pooling"] == "mean"]
    rows = []
    for place, own in means.groupby(["src", "hrc"], sort=False):
        (src, hrc), values = (str(part) for part in place), own.set_index("metric")
        lossless, value = values["lossless"].to_dict(), values["value"].to_dict()
        cells = ["lossless" if lossless[name] else f"{value[name]:.3f}" for name in METRIC_TITLES]
        rows.append((src, hrc, *cells, _difference(means, src, hrc, baseline)))
    columns = ("clip", "HRC", *METRIC_TITLES.values(), f"VMAF - {baseline}" if baseline else "")
    if not baseline:
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    show(title, columns, rows, right=columns[2:])


def _difference(means: "pd.DataFrame", src: str, hrc: str, baseline: str | None) -> str:
    if baseline is None or hrc == baseline:
        return ""
    vmaf = means[(means["src"] == src) & (means["metric"] == "vmaf")].set_index("hrc")["value"]
    return f"{vmaf[hrc] - vmaf[baseline]:+.3f}" if baseline in vmaf.index else ""


def show_results(title: str, results: "Sequence[tuple[Result, bool]]") -> None:
    """Print results as a table and the conclusion over all clips; simulated ones apart, under a warning."""
    for flag, heading in ((False, title), (True, f"SIMULATED, no real viewer voted: {title}")):
        own = [result for result, simulated in results if simulated is flag]
        if own:
            _show_some(heading, own, mark="SIMULATED: " if flag else "")


def _show_some(heading: str, results: "Sequence[Result]", *, mark: str) -> None:
    from qualab.stats.summary import conclusion
    from qualab.terms import ESTIMANDS

    counted = [result for result in results if result.n_votes]
    if counted:
        columns = ("pair", "clip", "prefer the second", "interval", "p", "votes", "viewers", "clips", "analysis")
        show(heading, columns, [_result_row(result) for result in counted], right=columns[2:8])
    for result in results:
        if result.src is None:
            print(mark + one_line(conclusion(result)))
    for estimand in sorted({result.estimand for result in counted}):
        print(f"{mark}Estimand {estimand}: {ESTIMANDS[estimand]}.")


def _result_row(result: "Result") -> tuple[object, ...]:
    def percent(value: float | None) -> str:
        return "" if value is None else f"{100 * value:.1f}%"

    interval = f"{percent(result.ci[0])} to {percent(result.ci[1])}" if result.ci else ""
    p_value = "" if result.p_value is None else f"{result.p_value:.4g}"
    pair = " / ".join(result.pair) if result.pair else ""
    counts = (result.n_votes, result.n_subjects, result.n_srcs)
    src = result.src or "all"
    return (pair, src, percent(result.estimate), interval, p_value, *counts, result.analysis)


@contextmanager
def progress(title: str) -> Iterator[Any]:
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
            left = "" if eta_s is None else f"about {clock(eta_s)} left"
            bar.update(task, completed=done, total=total, left=left, text=one_line(text))

        yield draw


def clock(seconds: float) -> str:
    """Return a duration as people read it.

    >>> clock(42), clock(150), clock(7300)
    ('42 s', '2 min 30 s', '2 h 02 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False, emoji=False)


def _cell(value: object) -> str:
    return one_line(f"{value:.3f}" if isinstance(value, float) else "" if value is None else str(value))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value

"""The chapter of viewing conditions: what viewers' screens were like, counted, nobody's alone."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from qualab.report.data import ReportData
from qualab.report.document import Block, Callout, Column, Facts, Paragraph, Section, TableBlock
from qualab.stats.findings.wording import NONE, pluralize

_MOST_KINDS = 8
_COLUMNS = (Column("What"), Column("Value"), Column("Viewers (n)", numeric=True))
_YES_NO = {"touch": "Touch screen", "reduced_motion": "Asked for less motion"}


def section(data: ReportData) -> Section | None:
    """Return the chapter; None for a study without votes or one that is not voted on."""
    if data.votes_of(simulated=False).empty:
        return None
    viewers = latest(data.viewing)
    blocks: list[Block] = [Paragraph(_lead(data, viewers))]
    if viewers.empty:
        blocks.append(Callout("caution", "Not known", "No viewer's browser told what screen it was on."))
    else:
        blocks.append(TableBlock("What the browsers told, by viewer", _COLUMNS, tuple(rows(viewers))))
    if data.playback.get("votes"):
        blocks.append(_played(data.playback))
    return Section("viewing", "Viewing conditions", tuple(blocks))


def _played(playback: Mapping[str, Any]) -> Facts:
    """Return how clips played, over all answers of real viewers, checks among them."""
    n, dropped = int(playback["votes"]), playback["dropped_percent_mean"]
    return Facts(
        (
            ("Frames dropped", NONE if dropped is None else f"{dropped:.2f}% in the mean of {pluralize(n, 'answer')}"),
            ("Stalls", f"{playback['stalls']} in {pluralize(n, 'answer')}"),
            ("Focus lost", f"{playback['focus_losses']} times in {pluralize(n, 'answer')}"),
            ("Full screen", f"{playback['full_screen']} of {pluralize(n, 'answer')}"),
        )
    )


def latest(viewing: pd.DataFrame) -> pd.DataFrame:
    """Return the real viewers' conditions, one row each: the last that were noted."""
    if viewing.empty:
        return viewing
    return viewing[viewing["simulated"].ne(1)].drop_duplicates("subject", keep="last")


def rows(viewers: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return what viewers' screens were like: a name, a value, how many viewers had it."""
    table = [("Screen", text, n) for text, n in _counts(_size(viewers, "screen"), " CSS pixels")]
    table += [("Window", text, n) for text, n in _spread(viewers, "viewport")]
    for column, name, unit in (
        ("dpr", "Device pixels per CSS pixel", ""),
        ("refresh_hz", "Refresh rate", " Hz"),
        ("colour_depth", "Colour depth", " bit"),
    ):
        table += [(name, text, n) for text, n in _counts(_numbers(viewers, column), unit)]
    for column, name in _YES_NO.items():
        known = viewers[column].dropna() if column in viewers else pd.Series(dtype=object)
        if len(known):
            table.append((name, "yes", f"{int(known.eq(True).sum())} of {len(known)}"))
    return table


def _lead(data: ReportData, viewers: pd.DataFrame) -> str:
    left_out = data.left_out(simulated=False)["invalid"]
    invalid = f" {pluralize(left_out, 'answer')} after playback that broke a rule of the study did not count."
    text = f"Told by the browsers of {pluralize(len(viewers), 'viewer')} at the last load of the page."
    return text + (invalid if left_out else " Every answer came after playback that kept the rules of the study.")


def _numbers(viewers: pd.DataFrame, column: str) -> pd.Series:
    values = pd.to_numeric(viewers[column], errors="coerce") if column in viewers else pd.Series(dtype=float)
    return values[values > 0].round(2).map(lambda value: f"{value:g}")


def _size(viewers: pd.DataFrame, what: str) -> pd.Series:
    wide, high = (_numbers(viewers, f"{what}_{side}") for side in ("width", "height"))
    return wide + "×" + high.reindex(wide.index)


def _counts(values: pd.Series, unit: str) -> list[tuple[str, str]]:
    """Return each value with its count, the most frequent first; rare ones of many together."""
    given = values.dropna()
    counts = sorted(given.value_counts().items(), key=lambda item: (-item[1], str(item[0])))
    shown = [(f"{value}{unit}", f"{n} of {len(given)}") for value, n in counts[:_MOST_KINDS]]
    rest = sum(n for _, n in counts[_MOST_KINDS:])
    return shown + ([(f"{len(counts) - _MOST_KINDS} others", f"{rest} of {len(given)}")] if rest else [])


def _spread(viewers: pd.DataFrame, what: str) -> list[tuple[str, str]]:
    """Return least, median and greatest width of windows, which hardly two viewers share."""
    wide = pd.to_numeric(viewers.get(f"{what}_width", pd.Series(dtype=float)), errors="coerce").dropna()
    if wide.empty:
        return []
    text = f"{wide.min():g} to {wide.max():g} CSS pixels wide, median {wide.median():g}"
    return [(text, str(len(wide)))]

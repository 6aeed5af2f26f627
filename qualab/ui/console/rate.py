"""Rate-quality: what an upscaler is worth in bitrate, of the chosen study or of a CSV from elsewhere."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.charts.rate import bd_rates, marks_legend, rate_curves
from qualab.stats.rate.bdrate import METHODS
from qualab.stats.rate.comparison import RateQuality, sentence
from qualab.stats.rate.hull import SCALES
from qualab.study.config import Study
from qualab.study.families import METRICS
from qualab.study.tables import RATE_COLUMNS
from qualab.study.workspace import Workspace
from qualab.ui.console.figures import csv_button, picture_choice, shown
from qualab.ui.console.study_picker import advise, study_or_advice
from qualab.ui.markdown import escape_markdown, show_errors

_STUDY, _CSV = "This study", "A CSV from elsewhere"
_CURVES = {"hull": "convex hulls", "front": "Pareto fronts"}
_FEW, _COLUMNS = 4, 3
_MOST_CHARTS = 12
_EXAMPLE = """family,label,bitrate_kbps,quality
bicubic,360p,400,61.2
bicubic,720p,900,74.0
lite-x2,360p,400,66.9
lite-x2,720p,900,74.0"""


def rate_quality() -> None:
    """Show rate-quality curves, BD-rates, hulls and crossovers."""
    ws = Workspace.at()
    study_id = study_or_advice(ws, "Rate-quality")
    source = st.segmented_control(
        "Points of", [_STUDY, _CSV], default=_STUDY if study_id else _CSV, required=True, label_visibility="collapsed"
    )
    picture_choice()
    with show_errors():
        if source == _CSV:
            _foreign()
        elif study_id is not None:
            _of_study(ws, study_id)


def _of_study(ws: Workspace, study_id: str) -> None:
    study, scores = ws.folder(study_id).load(), lab.scores(ws, study_id)
    if not _can_be_rated(study, scores):
        return
    metrics = [name for name in METRICS if (scores["metric"] == name).any() and not METRICS[name].lower_is_better]
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    metric = str(left.selectbox("Metric", metrics, format_func=lambda name: METRICS[name].title))
    poolings = list(dict.fromkeys(scores.loc[scores["metric"] == metric, "pooling"]))
    pooling = str(middle.selectbox("Pooled by", poolings, format_func=lambda name: str(name).replace("_", " ")))
    with right.popover("Method", icon=":material/tune:", width="stretch"):
        options = _options("hull")
    srcs = _filtered(study)
    points, comparison = lab.rate(ws, study_id, metric=metric, pooling=pooling, srcs=srcs, **options)
    titles = study.titles
    _show(points, comparison, METRICS[metric].title, titles, study_id)


def _can_be_rated(study: Study, scores: pd.DataFrame) -> bool:
    """Say whether there are scores of renditions; show what to do where there are none."""
    if not study.rendition:
        advise(
            "No renditions, so nothing to compare by bitrate.",
            "This study has one quality of input. A ladder of heights and bitrates is a study of its own:",
            "qualab study create ladder --template ladder",
        )
    elif not study.src:
        advise("No clip yet.", "Add one on the page *Studies*, or:", f"qualab clip add {study.id} CLIP.mp4")
    elif not any(src.reference for src in study.src):
        advise(
            "No clip has a reference.", "Quality needs one. Without it, viewers decide:", f"qualab launch {study.id}"
        )
    elif scores.empty:
        advise("Not built yet.", "Build the study on the page *Studies*, or:", f"qualab build {study.id}")
    else:
        return True
    return False


def _options(curve: str) -> dict[str, object]:
    method = st.selectbox("Interpolation", METHODS, help="cubic: Bjontegaard's polynomial of 2001")
    scale = st.selectbox("Hull convex in", SCALES, format_func=lambda name: f"{name} bitrate")
    curves = ["hull", "front"] if curve == "hull" else ["front", "hull"]
    compared = st.selectbox("Compare by", curves, format_func=_CURVES.__getitem__)
    return {"method": str(method), "scale": str(scale), "curve": str(compared)}


def _filtered(study: Study) -> list[str] | None:
    """Show the filters of tags and clips; return the clips that pass, None where all do."""
    tags = sorted({tag for src in study.src for tag in src.tags})
    left, right = st.columns(2) if tags else (st.container(), st.container())
    chosen = left.multiselect("Tags", tags, placeholder="All tags") if tags else []
    there = [src for src in study.src if src.reference and (not chosen or set(chosen) & set(src.tags))]
    titles = study.titles
    ids = [src.id for src in there]
    named = right.multiselect("Clips", ids, format_func=lambda src: titles.get(src, src), placeholder="All clips")
    return named or (ids if chosen else None)


def _foreign() -> None:
    """Show the place for a CSV, and what it says."""
    left, right = st.columns(2)
    file = left.file_uploader(f"CSV with the columns {', '.join((*RATE_COLUMNS[1:], 'src'))}", type=["csv", "txt"])
    pasted = right.text_area("or paste it here", placeholder=_EXAMPLE, height=140)
    left.caption("`src` names the clip and may be left out. Quality: higher is better, of one metric.")
    if file is None and not pasted.strip():
        return
    name, data = (file.name, file.getvalue()) if file is not None else ("pasted CSV", pasted.encode())
    metric = left.selectbox(
        "Quality is",
        [None, *METRICS],
        format_func=lambda key: METRICS[key].title if key else "not named",
    )
    with right.popover("Method", icon=":material/tune:"):
        options = _options("front")
    points, comparison = lab.rate_csv((name, data), metric=metric, **options)
    _show(points, comparison, METRICS[metric].title if metric else "quality", {}, name)


def _show(points: pd.DataFrame, comparison: RateQuality, quality: str, titles: Mapping[str, str], name: str) -> None:
    families = list(dict.fromkeys([*(difference.anchor for difference in comparison.bd[:1]), *points["family"]]))
    st.markdown(
        "\n".join(f"- {escape_markdown(sentence(difference, quality))}." for difference in comparison.overall())
    )
    table = _differences(comparison, titles)
    _saved(comparison, table, families, titles, name)
    _curves(points, comparison, quality, families, titles, name)
    st.subheader("All differences")
    st.dataframe(table, hide_index=True, placeholder="", column_config=_BD_COLUMNS)
    csv_button(table, f"differences {name}")
    _crossovers(comparison, titles, name)
    _rungs(comparison, titles, name)
    if comparison.notes:
        with st.expander(f"Notes on points ({len(comparison.notes)})"):
            for note in comparison.notes:
                where = " · ".join(part for part in (titles.get(note.src or "", note.src or ""), note.family) if part)
                st.markdown(f"- {escape_markdown(where)}{': ' if where else ''}{escape_markdown(note.text)}")
    st.caption("All points, as a CSV that this page and `qualab rate` read again:")
    csv_button(points[list(reversed(RATE_COLUMNS))], f"rate points {name}")


def _clip(src: str | None, titles: Mapping[str, str]) -> str:
    return "All clips" if src is None else titles.get(src, src)


def _differences(comparison: RateQuality, titles: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Test": f"{difference.test} {difference.label}".strip(),
            "Against": f"{difference.anchor} {difference.label}".strip(),
            "Clip": _clip(difference.src, titles),
            "rate": difference.bd.bd_rate_percent,
            "low": difference.ci[0] if difference.ci else None,
            "high": difference.ci[1] if difference.ci else None,
            "quality": difference.bd.bd_quality,
            "overlap": None if difference.bd.overlap is None else 100 * difference.bd.overlap,
            "Note": difference.bd.note,
        }
        for difference in comparison.bd
    )


def _saved(
    comparison: RateQuality, table: pd.DataFrame, families: list[str], titles: Mapping[str, str], name: str
) -> None:
    st.subheader("Bitrate saved")
    shown(bd_rates(comparison, families=families, titles=titles), table, f"bd rate {name}")
    st.caption(
        f"BD-rate: mean difference in bitrate for the same quality; {marks_legend(comparison)}. "
        f"Families are compared by their {_CURVES[comparison.settings['curve']]}."
    )


_BD_COLUMNS = {
    "rate": st.column_config.NumberColumn("BD-rate", format="%+.1f%%"),
    "low": st.column_config.NumberColumn("from", format="%+.1f%%", help="95% interval over clips"),
    "high": st.column_config.NumberColumn("to", format="%+.1f%%"),
    "quality": st.column_config.NumberColumn("BD-quality", format="%+.3f"),
    "overlap": st.column_config.NumberColumn("Overlap", format="%.0f%%", help="Of both curves' qualities"),
}


def _curves(
    points: pd.DataFrame,
    comparison: RateQuality,
    quality: str,
    families: list[str],
    titles: Mapping[str, str],
    name: str,
) -> None:
    st.subheader("Quality against bitrate")
    st.caption(
        "Line and filled points: the convex hull, what a per-title ladder takes. Open points are off it. An upright "
        "marks where a family's best label changes, a cross where two families do. All charts have the same axes."
    )
    charts = rate_curves(points, comparison, quality=quality, families=families)
    if len(charts) > _MOST_CHARTS and not st.toggle(f"Show all {len(charts)} clips"):
        charts = charts[:_MOST_CHARTS]
    columns = st.columns(min(2 if len(charts) <= _FEW else _COLUMNS, len(charts)))
    for place, (src, figure) in enumerate(charts):
        with columns[place % len(columns)]:
            if src is not None:
                st.markdown(f"**{escape_markdown(_clip(src, titles))}**")
            clip_points = points if src is None else points[points["src"] == src]
            shown(figure, clip_points, f"rate {src or 'all'} {name}")


def _crossovers(comparison: RateQuality, titles: Mapping[str, str], name: str) -> None:
    st.subheader("Crossovers")
    if not comparison.crossovers:
        st.caption("No two curves cross where both have points.")
        return
    table = pd.DataFrame(
        {
            "Clip": _clip(crossover.src, titles),
            "Family": crossover.family or "between families",
            "Better below": crossover.below,
            "Better above": crossover.above,
            "rate": crossover.bitrate_kbps,
            "quality": crossover.quality,
        }
        for crossover in comparison.crossovers
    )
    columns = {
        "rate": st.column_config.NumberColumn("kb/s", format="%.0f"),
        "quality": st.column_config.NumberColumn("Quality", format="%.2f"),
    }
    st.dataframe(table, hide_index=True, column_config=columns)
    csv_button(table, f"crossovers {name}")


def _rungs(comparison: RateQuality, titles: Mapping[str, str], name: str) -> None:
    if not comparison.rungs:
        return
    st.subheader("Rungs that change")
    changed = [rung for rung in comparison.rungs if rung.changed]
    st.caption(f"{len(changed)} of {len(comparison.rungs)} rungs have another best label with the test family.")
    if not changed:
        return
    table = pd.DataFrame(
        {
            "Clip": _clip(rung.src, titles),
            "rate": rung.bitrate_kbps,
            "Best of anchor": f"{rung.anchor} {rung.anchor_label}",
            "from": rung.anchor_quality,
            "Best of test": f"{rung.test} {rung.test_label}",
            "to": rung.test_quality,
        }
        for rung in changed
    )
    columns = {
        "rate": st.column_config.NumberColumn("kb/s", format="%.0f"),
        "from": st.column_config.NumberColumn("Quality", format="%.2f"),
        "to": st.column_config.NumberColumn("Quality", format="%.2f"),
    }
    st.dataframe(table, hide_index=True, column_config=columns)
    csv_button(table, f"rungs {name}")

"""The form for a new study: a template, what of it is to be otherwise, and what would come of it."""

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.errors import InputError
from qualab.study.config import Study
from qualab.study.creation import DEFAULT_UPSCALERS, make_study
from qualab.study.hrc import CODECS, ENCODE_FIRST, ORDERS, Rendition
from qualab.study.ids import ID_RULE
from qualab.study.templates import TEMPLATES
from qualab.study.templates.ladder import STANDARD_HEIGHTS
from qualab.study.templates.template import Choices
from qualab.study.workspace import Workspace
from qualab.ui.console.study_picker import choose
from qualab.ui.markdown import escape_markdown, show_errors

_DRAFT = "draft"


def new_study(ws: Workspace) -> None:
    """Show the form; what it would make stands below it while it is filled in."""
    # Another key once a study was made: an empty form.
    key = f"new-study-{len(ws.ids())}"
    left, right = st.columns(2)
    study_id = left.text_input("Id", placeholder="old-anime", help=f"Names the folder: {ID_RULE}.", key=f"{key}-id")
    title = right.text_input("Title", placeholder="Is SR worth it for our old anime?", key=f"{key}-title")
    template = st.radio(
        "Template",
        list(TEMPLATES),
        captions=[kind.about for kind in TEMPLATES.values()],
        horizontal=False,
        key=f"{key}-template",
    )
    choices = _choices(f"{key}-{template}", template)
    _preview(template, choices)
    if st.button("Create study", type="primary", key=f"{key}-create"):
        with show_errors():
            options = {name: getattr(choices, name) for name in choices.__dataclass_fields__}
            study = lab.create_study(ws, study_id.strip(), template=template, title=title.strip(), **options)
            choose(study.id)
            st.rerun()


def _choices(key: str, template: str) -> Choices:
    names, kind = lab.upscaler_ids(), TEMPLATES[template]
    upscalers = st.multiselect(
        "Upscalers to compare; the first one is the baseline",
        names,
        default=[name for name in DEFAULT_UPSCALERS if name in names],
        key=f"{key}-upscalers",
    )
    left, right = st.columns(2)
    display = int(right.number_input("Display height, lines", 18, 4320, kind.display_height, 2, key=f"{key}-display"))
    if not kind.heights(display):
        source = left.number_input("Source height, lines", 16, 4320, kind.display_height // 2, 2, key=f"{key}-source")
        return Choices(upscalers=upscalers, display_height=display, source_height=int(source))
    codecs = left.multiselect("Codecs", list(CODECS), default=["libx264"], key=f"{key}-codecs")
    with st.expander("More", icon=":material/tune:"):
        heights = st.multiselect(
            "Heights of renditions, lines",
            sorted({*STANDARD_HEIGHTS, display}),
            default=kind.heights(display),
            key=f"{key}-{display}-heights",
        )
        rates = st.text_input(
            "Bitrates of every height, kb/s",
            placeholder="the template's; or for example: 400 800 1600",
            key=f"{key}-rates",
        )
        orders = st.multiselect("Orders", ORDERS, default=[ENCODE_FIRST], key=f"{key}-orders")
        two_pass = st.toggle("Two passes, where a bitrate is asked for", key=f"{key}-passes")
    return Choices(
        upscalers=upscalers,
        display_height=display,
        heights=heights,
        bitrates_kbps=_numbers(rates),
        codecs=codecs,
        orders=orders,
        two_pass=two_pass,
    )


def _numbers(text: str) -> list[float]:
    """Return the numbers in a line; what is none is left out and told."""
    numbers, wrong = [], []
    for word in text.replace(",", " ").replace(";", " ").split():
        try:
            numbers.append(float(word))
        except ValueError:
            wrong.append(word)
    if wrong:
        st.warning(f"Not a number: {escape_markdown(' '.join(wrong)[:80])}")
    return numbers


def _preview(template: str, choices: Choices) -> None:
    """Show what the study would hold, or in a line why it cannot be."""
    try:
        study = make_study(_DRAFT, template=template, choices=choices, known=lab.upscaler_ids())
    except InputError as error:
        st.info(f"{escape_markdown(error.what)} — {escape_markdown(error.hint)}", icon=":material/info:")
        return
    if not study.rendition:
        st.caption(f"{len(study.hrcs)} HRCs: {escape_markdown(', '.join(study.hrc_ids))}")
        return
    direct = sum(rendition.height == study.display_height for rendition in study.rendition)
    bare = f" ({direct} renditions have the display's height and need no upscaler)" if direct else ""
    counts = f"{len(study.rendition)} renditions and {len(study.upscalers)} upscalers make {len(study.hrcs)} HRCs{bare}"
    st.caption(f"{counts}. Every clip is made in all of them.")
    st.dataframe(pd.DataFrame(_rungs(study)), hide_index=True, key=f"preview-{template}")


def _rungs(study: Study) -> list[dict[str, object]]:
    """Return one row a codec and height: what is asked of the encoder, and what comes before or after it."""
    rungs: dict[tuple[str, int], list[Rendition]] = {}
    for rendition in study.rendition:
        rungs.setdefault((rendition.codec, rendition.height), []).append(rendition)
    rows: list[dict[str, object]] = []
    for (codec, height), renditions in rungs.items():
        hrcs = [hrc for hrc in study.hrcs if hrc.rendition in {rendition.id for rendition in renditions}]
        after = dict.fromkeys(hrc.upscaler for hrc in hrcs if hrc.order == ENCODE_FIRST)
        before = dict.fromkeys(hrc.upscaler for hrc in hrcs if hrc.order != ENCODE_FIRST)
        rates = ", ".join(rendition.target for rendition in renditions)
        row = {"Height": f"{height}p", "Codec": codec, "Asked": rates, "Then": ", ".join(after), "HRCs": len(hrcs)}
        rows.append(row if not before else row | {"Before": ", ".join(before)})
    return rows

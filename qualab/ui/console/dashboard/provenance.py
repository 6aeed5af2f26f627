"""Where one score comes from: command, tools, VMAF model, hashes, and what preflight found."""

import json
from collections.abc import Iterable, Mapping

import pandas as pd
import streamlit as st

from qualab.study.manifest import Record
from qualab.ui.console.dashboard.clip import chosen_clip_and_hrc
from qualab.ui.console.dashboard.view import Board
from qualab.ui.console.preflight import preflight_table
from qualab.ui.console.study_picker import advise

_KINDS = {
    "reference": None,
    "source": None,
    "rendition": "",
    "pvs": "",
    "scores": "",
    "diagnostics": "",
    "scenes": None,
}
_TITLES = {
    "reference": "Reference",
    "source": "Source, as upscalers get it",
    "rendition": "Rendition",
    "pvs": "PVS",
    "scores": "Scores",
    "diagnostics": "Diagnostics",
    "scenes": "Scenes",
}
_LATER = ("preflight", "command", "scenes", "kind", "src", "hrc", "arguments", "inputs")


def provenance(board: Board) -> None:
    """Show how the files behind one clip and HRC were made."""
    clip, hrc = chosen_clip_and_hrc(board)
    if clip is None or hrc is None:
        advise(
            "Nothing has been made here.", "Clear the filters, or build the study:", f"qualab build {board.study.id}"
        )
        return
    build = board.build.manifest
    tools = ", ".join(f"{name} {version}" for name, version in sorted(build.tools.items()))
    st.caption(f"Built {build.built_at or 'at an unknown time'} on {build.device or 'an unknown device'}. {tools}")
    for kind, of in _KINDS.items():
        record = board.build.record(kind, clip, None if of is None else hrc)
        if record:
            with st.expander(_TITLES[kind], expanded=kind == "scores"):
                _record(record)
    st.download_button(
        "All records, JSON",
        lambda: json.dumps(build.dump(), indent=2).encode(),
        file_name=f"{board.study.id}-build.json",
        mime="application/json",
        on_click="ignore",
        icon=":material/download:",
    )


def _record(record: Record) -> None:
    command = record.command
    if command:
        st.caption("Command")
        st.code(command if isinstance(command, str) else _shell(command), language="bash", wrap_lines=True)
    if record.kind == "scores":
        st.caption("Preflight")
        preflight_table(record.preflight)
    facts: dict[str, object] = {name: value for name, value in record.dump().items() if name not in _LATER}
    facts |= _flat(record.arguments)
    facts |= {f"from {name}": key for name, key in record.inputs.items()}
    rows = pd.DataFrame({"what": list(facts), "value": [_text(value) for value in facts.values()]})
    st.dataframe(rows, hide_index=True, column_config={"what": st.column_config.TextColumn("What", width="small")})


def _flat(value: Mapping[str, object], before: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, item in value.items():
        flat |= _flat(item, f"{before}{name}.") if isinstance(item, Mapping) else {f"{before}{name}": item}
    return flat


def _shell(words: Iterable[str]) -> str:
    return " ".join(word if word.isascii() and word and " " not in word else json.dumps(word) for word in words)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

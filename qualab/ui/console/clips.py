"""The clips of a study, and adding one: by upload or from a path on the server."""

from collections import Counter

import pandas as pd
import streamlit as st
from humanize import naturalsize

from qualab.lab import jobs
from qualab.study.config import Study
from qualab.study.workspace import StudyFolder
from qualab.ui.http.uploads import Upload, discard, waiting
from qualab.ui.markdown import escape_markdown, show_errors
from qualab.ui.uploader import uploader

_HELP = (
    "A reference is a pristine clip at display height or more: it is scaled down, coded where the study has "
    "renditions, upscaled again and scored against itself (VMAF, PSNR, SSIM). Without one the clip is taken as it is, "
    "and only viewers can judge it; a study with renditions cannot take it."
)


def clips(folder: StudyFolder, study: Study) -> None:
    """Show the clips of a study and the ways to add one."""
    st.subheader("Clips")
    if study.src:
        st.dataframe(
            pd.DataFrame(_rows(folder, study)),
            hide_index=True,
            column_config={"Title": st.column_config.TextColumn(width="medium")},
        )
    else:
        st.markdown("No clip yet. Upload one, or give its path on the server.")
    running = jobs.current(folder)
    busy = running is not None and running.running
    with st.expander("Add a clip", icon=":material/add:", expanded=not study.src or bool(waiting(folder))):
        by_upload, by_path = st.tabs(["Upload", "Path on the server"])
        with by_upload:
            uploader(key=f"uploader-{study.id}", data={"study": study.id}, on_uploaded_change=lambda: None)
            for upload in waiting(folder):
                _waiting(folder, study, upload, busy)
        with by_path:
            _from_path(folder, study, busy)


def _rows(folder: StudyFolder, study: Study) -> list[dict[str, object]]:
    built = Counter(pvs.src for pvs in folder.read_manifest().of_kind("pvs"))
    return [
        {
            "Clip": src.id,
            "Title": src.title,
            "Reference": "yes" if src.reference else "no: votes only",
            "Built": f"{built[src.id]} of {len(study.hrcs)}",
            "Licence": src.licence,
        }
        for src in study.src
    ]


def _waiting(folder: StudyFolder, study: Study, upload: Upload, busy: bool) -> None:
    with st.form(f"upload-{upload.id}"):
        st.markdown(f"**{escape_markdown(upload.name)}** is here ({naturalsize(upload.size_bytes)}). What is it?")
        title = st.text_input("Title", upload.name.rpartition(".")[0] or upload.name, max_chars=300)
        reference = _is_reference(upload.id)
        with st.container(horizontal=True):
            is_added = st.form_submit_button("Add to the study", type="primary", disabled=busy)
            is_dropped = st.form_submit_button("Discard", type="tertiary")
        if is_added:
            _add(folder, study, str(upload.path), title, reference)
        if is_dropped:
            discard(upload)
            st.rerun()


def _from_path(folder: StudyFolder, study: Study, busy: bool) -> None:
    with st.form("server-path", border=False):
        path = st.text_input("Path", placeholder="/archive/episode-01.mkv")
        title = st.text_input("Title", placeholder="as the file is called", max_chars=300)
        reference = _is_reference("path")
        if st.form_submit_button("Add to the study", type="primary", disabled=busy) and path.strip():
            _add(folder, study, path.strip(), title, reference)


def _is_reference(key: str) -> bool:
    return bool(st.toggle("It is a pristine reference", value=True, help=_HELP, key=f"reference-{key}"))


def _add(folder: StudyFolder, study: Study, path: str, title: str, reference: bool) -> None:
    named = ["--title", title.strip()] if title.strip() else []
    with show_errors():
        kind = "--reference" if reference else "--no-reference"
        # After `--` a path may begin with a dash.
        jobs.start(folder, ["clip", "add", kind, *named, "--", study.id, path])
        st.rerun()

"""The build of a study and whatever else runs for it, followed live."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st
from humanize import naturalsize

from qualab.lab import jobs
from qualab.study.config import Study
from qualab.study.manifest import Failure
from qualab.study.units import duration
from qualab.study.workspace import StudyFolder, Workspace
from qualab.ui.http.uploads import discard, waiting
from qualab.ui.markdown import escape_markdown, show_errors

_EVERY_S = 1.0
_MOST_FAILURES = 10


def work(ws: Workspace, folder: StudyFolder, study: Study) -> None:
    """Show what runs, or the button that builds what is missing."""
    job = jobs.current(folder)
    if job is not None and job.running:
        _follow(folder)
        return
    _outcome(folder, job)
    _failures(folder)
    missing = _missing(folder, study)
    if not study.src:
        return
    _planned(folder, job)
    label = f"Build {missing} missing PVS{'s' if missing != 1 else ''}" if missing else "Check the build"
    with st.container(horizontal=True):
        is_built = st.button(label, type="primary" if missing else "secondary", icon=":material/play_arrow:")
        hint = "Looks at the clips and says which steps are missing, and about how long and how large they are."
        is_planned = bool(missing) and st.button("What will it take?", icon=":material/schedule:", help=hint)
    if is_built or is_planned:
        with show_errors():
            jobs.start(folder, ["build", study.id, *(["--plan"] if is_planned else [])])
            st.rerun()


def _planned(folder: StudyFolder, job: jobs.Job | None) -> None:
    """Show the plan that the last job printed, as long as it holds for the study as it is."""
    if job is None or "--plan" not in job.verb or job.exit_code != 0:
        return
    changed = datetime.fromtimestamp((folder.path / "study.toml").stat().st_mtime, UTC).replace(microsecond=0)
    shares = jobs.records(folder, "plan")
    if not shares or datetime.fromisoformat(job.started_at) < changed:
        return
    rows = [
        {
            "Step": str(share["kind"]),
            "To make": share["missing"],
            "Kept": share["kept"],
            "Time": duration(share["seconds"]),
            "Disk": naturalsize(share["bytes"]),
        }
        for share in shares
    ]
    total = rows[-1]
    st.markdown(f"**The build will take about {total['Time']}, {total['Disk']}.**")
    st.dataframe(pd.DataFrame(rows), hide_index=True)


@st.fragment(run_every=_EVERY_S)
def _follow(folder: StudyFolder) -> None:
    """Show the running job; reload the page when it ends."""
    job = jobs.current(folder)
    if job is None or not job.running:
        st.rerun()
    progress = job.progress or {}
    done, total = int(progress.get("done", 0)), int(progress.get("total", 0))
    with st.container(border=True):
        step = escape_markdown(progress.get("step") or ("looking at the clips" if "--plan" in job.verb else "starting"))
        st.progress(min(done / total, 1.0) if total else 0.0, text=f"{step} — {done} of {total}" if total else step)
        st.caption(f"{_spent(job.started_at)} so far; {_left(progress.get('eta_s'))}. You may leave this page.")
        if st.button("Stop", icon=":material/stop:", help="What is finished stays; the next build goes on there."):
            jobs.stop(job)
            st.rerun()


def _spent(started_at: str) -> str:
    return duration((datetime.now(UTC) - datetime.fromisoformat(started_at)).total_seconds())


def _left(eta_s: object) -> str:
    if not isinstance(eta_s, int | float):
        return "how long it takes is known after the first steps"
    return f"about {duration(eta_s)} left"


def _outcome(folder: StudyFolder, job: jobs.Job | None) -> None:
    """Say how the last job ended, and clear away uploads that are in the study now."""
    if job is None or job.exit_code is None:
        return
    if job.exit_code == 0:
        _clear(folder, job)
        return
    if job.exit_code == 130:
        st.info("Stopped. What was finished stays; building again goes on from there.", icon=":material/stop:")
        return
    partly = job.exit_code == 3
    message = escape_markdown(job.error or f"ended with exit code {job.exit_code}")
    (st.warning if partly else st.error)(message, icon=":material/error:")


def _failures(folder: StudyFolder) -> None:
    """Name the clips that the last build could not make; the others are done."""
    failures = folder.read_manifest().failures
    if failures:
        lines = [
            f"- {escape_markdown(' × '.join(_place(failure)))}: {escape_markdown(failure.error)}"
            for failure in failures[:_MOST_FAILURES]
        ]
        more = [f"- and {len(failures) - _MOST_FAILURES} more"] if len(failures) > _MOST_FAILURES else []
        st.warning("**Not built:**\n" + "\n".join(lines + more), icon=":material/warning:")


def _place(failure: Failure) -> list[str]:
    return [name for name in (failure.src, failure.hrc, failure.step) if name]


def _clear(folder: StudyFolder, job: jobs.Job) -> None:
    for upload in waiting(folder):
        if str(upload.path) in job.verb:
            discard(upload)


def _missing(folder: StudyFolder, study: Study) -> int:
    built = {(pvs.src, pvs.hrc) for pvs in folder.read_manifest().of_kind("pvs")}
    return sum(1 for src in study.src for hrc in study.hrcs if (src.id, hrc.id) not in built)

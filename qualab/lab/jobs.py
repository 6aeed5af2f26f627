"""Long work beside the web process: start `python -m qualab`, follow what it reports, stop it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psutil

from qualab.errors import InputError
from qualab.study.files import storage, write_json
from qualab.study.workspace import StudyFolder

# Children of this process, kept so that they are reaped when they end.
_children: dict[int, "subprocess.Popen[bytes]"] = {}


@dataclass(frozen=True)
class Job:
    """One run of a verb on a study: `exit_code` is None while it runs, `progress` its last progress record."""

    pid: int
    verb: tuple[str, ...]
    started_at: str
    running: bool
    exit_code: int | None
    error: str
    progress: dict[str, Any] = field(default_factory=dict)


def start(folder: StudyFolder, verb: Sequence[str]) -> Job:
    """Start `python -m qualab VERB --json` on a study; one job a study at a time.

    Raises:
        InputError: a job is running on the study already.
    """
    running = current(folder)
    if running is not None and running.running:
        raise InputError(folder.path.name, f"is busy with '{running.verb[0]}'", "wait until it is done, or stop it")
    words = list(verb)
    words.insert(words.index("--") if "--" in words else len(words), "--json")
    jobs = folder.path / "jobs"
    with storage(jobs):
        jobs.mkdir(exist_ok=True)
        (jobs / "result.json").unlink(missing_ok=True)
        with (jobs / "out.ndjson").open("wb") as out, (jobs / "err.txt").open("wb") as err:
            child = subprocess.Popen(
                [sys.executable, "-m", "qualab", *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                env={
                    **{name: value for name, value in os.environ.items() if name != "QUALAB_ADMIN_TOKEN"},
                    "QUALAB_STUDIES": str(folder.path.parent),
                    "QUALAB_JOB_RESULT": str(jobs / "result.json"),
                },
            )
    _children[child.pid] = child
    began = datetime.now(UTC).isoformat(timespec="seconds")
    born = psutil.Process(child.pid).create_time()
    write_json(jobs / "job.json", {"pid": child.pid, "born": born, "verb": list(verb), "started_at": began})
    return Job(child.pid, tuple(verb), began, running=True, exit_code=None, error="")


def current(folder: StudyFolder) -> Job | None:
    """Return the study's latest job, running or ended; None where there never was one."""
    jobs = folder.path / "jobs"
    try:
        record = json.loads((jobs / "job.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    running = is_alive(record["pid"], record["born"])
    code, error = (None, "") if running else exit_status(folder)
    progress_records = (record for record in reversed(_records(folder)) if record.get("type") == "progress")
    progress: dict[str, Any] = next(progress_records, {})
    return Job(record["pid"], tuple(record["verb"]), record["started_at"], running, code, error, progress)


def stop(job: Job) -> None:
    """Ask a job to stop (as Ctrl-C does); what it has made so far stays."""
    if job.running:
        # Not SIGINT: where the server runs in a shell's background, its children ignore that.
        os.kill(job.pid, signal.SIGTERM)


def records(folder: StudyFolder, kind: str) -> list[dict[str, Any]]:
    """Return the last records of a type that the study's latest job printed."""
    return [record for record in _records(folder) if record.get("type") == kind]


def is_alive(pid: int, born: float) -> bool:
    """Return whether the process `pid` that started at `born` (seconds since 1970) still runs."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
        return False
    try:
        process = psutil.Process(pid)
        return bool(abs(process.create_time() - born) < 1 and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def exit_status(folder: StudyFolder) -> tuple[int, str]:
    """Return the exit code of the study's latest job and its error; -1 where it left no result."""
    try:
        result = json.loads((folder.path / "jobs" / "result.json").read_text(encoding="utf-8"))
        return int(result["exit_code"]), str(result["error"])
    except (OSError, ValueError, KeyError):
        return -1, "the work was ended from outside; start it again, what was made is kept"


def _records(folder: StudyFolder) -> list[dict[str, Any]]:
    """Return the last records a job wrote; a line still being written is left out."""
    try:
        with (folder.path / "jobs" / "out.ndjson").open("rb") as lines:
            lines.seek(0, os.SEEK_END)
            lines.seek(max(0, lines.tell() - 65536))
            text = lines.read().decode("utf-8", "replace")
    except OSError:
        return []
    records = []
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
    return records

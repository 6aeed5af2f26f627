import os
import signal
import socket
import time
from pathlib import Path

import pytest

from qualab import lab
from qualab.errors import InputError
from qualab.lab import jobs, server
from qualab.study.workspace import Workspace


@pytest.fixture
def folder(tmp_path, make_clip):
    ws = Workspace(tmp_path / "studies")
    lab.create_study(ws, "toy", upscalers=["bicubic", "lanczos"], display_height=180)
    lab.add_clip(ws, "toy", make_clip("known.mp4", frames=8), reference=True)
    return ws.folder("toy")


def _ended(folder, limit_s=120):
    """Wait for the study's job to end; the bound only keeps a broken test from hanging."""
    for _ in range(limit_s * 10):
        job = jobs.current(folder)
        if not job.running:
            return job
        time.sleep(0.1)
    raise AssertionError("the job goes on for ever")


def test_a_job_builds_and_reports_its_progress(folder):
    assert jobs.current(folder) is None
    started = jobs.start(folder, ["build", "toy", "--inline"])
    assert started.running
    with pytest.raises(InputError, match="is busy with 'build'"):
        jobs.start(folder, ["build", "toy"])
    job = _ended(folder)
    assert (job.exit_code, job.error) == (0, "")
    assert (job.progress["done"], job.progress["total"]) == (12, 12)
    assert folder.manifest.is_file()


def test_a_job_that_fails_says_the_programs_own_line(folder, tmp_path):
    (tmp_path / "-odd.mp4").write_bytes(b"x" * 100)
    jobs.start(folder, ["clip", "add", "--no-reference", "--title", "Odd", "--", "toy", str(tmp_path / "-odd.mp4")])
    job = _ended(folder)
    assert job.exit_code == 2
    assert job.error.startswith("Odd: is not a clip that can be read")


def test_a_stopped_job_ends_with_130_and_can_be_repeated(folder):
    jobs.start(folder, ["build", "toy", "--inline"])
    time.sleep(1.0)
    jobs.stop(jobs.current(folder))
    assert _ended(folder).exit_code in (130, 0)  # 0 where it was done before the signal came
    jobs.start(folder, ["build", "toy", "--inline"])
    assert _ended(folder).exit_code == 0


def test_a_killed_job_is_told(folder):
    job = jobs.start(folder, ["build", "toy", "--inline"])
    os.killpg(job.pid, signal.SIGKILL)
    ended = _ended(folder)
    assert ended.exit_code == -1
    assert "start it again" in ended.error


def test_a_job_does_not_know_the_consoles_token(folder, monkeypatch):
    monkeypatch.setenv("QUALAB_ADMIN_TOKEN", "secret-token")
    job = jobs.start(folder, ["build", "toy", "--inline"])
    environment = Path(f"/proc/{job.pid}/environ").read_bytes()
    assert b"QUALAB_STUDIES" in environment
    assert b"secret-token" not in environment
    jobs.stop(job)
    _ended(folder)


def test_a_port_in_use_is_told_before_anything_starts():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InputError, match="choose another --port"):
        server.console_url("127.0.0.1", taken.getsockname()[1])

"""A backup is a workspace that can be served: whole, checked, or not there at all."""

import errno
import os
from pathlib import Path

import pytest

from qualab import lab
from qualab.cli.main import _app, _outcome
from qualab.errors import InputError, StorageError
from qualab.study.workspace import Workspace
from qualab.voting.store.answer import Answer
from qualab.voting.store.votes import open_store


def vote(ws: Workspace, token: str) -> str:
    """Answer every trial of a viewer; return the secret of the session."""
    store = lab.store(ws)
    secret = store.join(token)
    while (trial := store.next_trial(secret)) is not None:
        for step in ("ready", "played"):
            store.step(secret, trial.id, trial.attempt, step, {})
        answer = {"choice": "left", "idempotency_key": f"k{trial.id}", "response_ms": 1, "telemetry": {}}
        store.vote(secret, trial.id, Answer(attempt=1, **answer))
    return secret


def files(folder: Path) -> dict[str, bytes]:
    kept = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_bytes() for path in kept}


def test_a_backup_is_a_workspace_in_which_voting_goes_on(toy: Workspace, tmp_path: Path) -> None:
    done, waiting = lab.launch(toy, "toy", viewers=2)
    secret = vote(toy, done)
    made = lab.backup(toy, tmp_path / "far" / "copy")
    copy = Workspace(made.folder)
    assert (made.studies, made.viewers, made.votes) == (("toy",), 2, len(lab.votes(toy, "toy")))
    assert files(copy.folder("toy").path) == files(toy.folder("toy").path)
    assert sorted(path.name for path in made.folder.iterdir()) == ["qualab.db", "toy"]
    assert lab.verify(copy, "toy") == []
    assert lab.store(copy).viewer(secret) == lab.store(toy).viewer(secret)
    vote(copy, waiting)
    assert len(lab.votes(copy, "toy")) == 2 * len(lab.votes(toy, "toy"))
    lab.store(copy).close_connections()


def test_a_place_that_is_taken_or_in_the_study_is_refused(toy: Workspace, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep")
    with pytest.raises(InputError, match="is there already"):
        lab.backup(toy, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep"
    with pytest.raises(InputError, match="would lie in a study"):
        lab.backup(toy, toy.folder("toy").path / "backup", study_id="toy")
    with pytest.raises(InputError, match="does not exist"):
        lab.backup(toy, tmp_path / "copy", study_id="toys")


@pytest.mark.parametrize("nth", [1, 2, 5])
def test_a_disk_that_fills_up_leaves_nothing(
    toy: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    real, calls = os.fsync, []

    def fsync(handle: int) -> None:
        calls.append(handle)
        if len(calls) == nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageError, match="the disk is full") as caught:
        lab.backup(toy, tmp_path / "out" / "copy")
    assert caught.value.exit_code == 5
    assert list((tmp_path / "out").iterdir()) == []
    monkeypatch.undo()
    lab.backup(toy, tmp_path / "out" / "copy")


def test_what_a_killed_backup_left_is_removed_by_the_next(toy: Workspace, tmp_path: Path) -> None:
    left = tmp_path / ".copy.999999999.part"
    left.mkdir()
    (left / "qualab.db").write_bytes(b"half")
    lab.backup(toy, tmp_path / "copy")
    assert not list(tmp_path.glob(".*.part"))


def test_the_verb_says_what_it_kept(toy: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vote(toy, lab.launch(toy, "toy", viewers=1)[0])

    def run(*words: object) -> tuple[int, str]:
        return _outcome(lambda: _app()(["backup", *map(str, words)], standalone_mode=False))

    assert run("toy", tmp_path / "one") == (0, "")
    assert run("--all", tmp_path / "two") == (0, "")
    assert capsys.readouterr().out.count("4 votes of 1 viewers, chains whole") == 2
    code, said = run("toy")
    assert (code, "--help" in said) == (2, True)
    kept = open_store(f"sqlite:///{tmp_path / 'one' / 'qualab.db'}")
    assert len(kept.votes("toy")) == 4
    kept.close_connections()

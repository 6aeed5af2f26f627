"""A study moves between machines whole, without tokens; a hostile or damaged archive leaves nothing behind."""

import errno
import hashlib
import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qualab import lab
from qualab.cli.main import _app, _outcome
from qualab.errors import InputError, StorageError
from qualab.lab import safe_zip as unpacking
from qualab.lab import study_archive as archiving
from qualab.study.workspace import Workspace
from qualab.voting.store.answer import Answer

Members = dict[str, bytes]


def vote(ws: Workspace, token: str, most: int = 99) -> str:
    """Answer the first trials of a viewer; return the secret of the session."""
    store = lab.store(ws)
    secret = store.join(token)
    while most and (trial := store.next_trial(secret)) is not None:
        for step in ("ready", "played"):
            store.step(secret, trial.id, trial.attempt, step, {})
        answer = {"choice": "left", "idempotency_key": f"k{trial.id}", "response_ms": 1, "telemetry": {}}
        store.vote(secret, trial.id, Answer(attempt=1, **answer))
        most -= 1
    return secret


@pytest.fixture(scope="module")
def voted(toy_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, list[str]]:
    """Return the toy study with a clip and with votes, one viewer of which withdrew, and every secret there is."""
    ws = Workspace(tmp_path_factory.mktemp("moved") / "here")
    shutil.copytree(toy_template, ws.root)
    clips = ws.folder("toy").clips
    clips.mkdir(exist_ok=True)
    (clips / f"{hashlib.sha256(b'a clip').hexdigest()}.mp4").write_bytes(b"a clip")
    tokens = lab.launch(ws, "toy", viewers=3)
    open_link = lab.launch(ws, "toy", viewers=2, is_open=True)
    secrets = [vote(ws, tokens[0]), vote(ws, tokens[1], 1), vote(ws, open_link[0])]
    lab.store(ws).note_conditions(secrets[0], {"dpr": 2})
    lab.store(ws).withdraw(secrets[1], "tired")
    lab.close(ws, "toy")
    lab.reopen(ws, "toy")
    return ws, [*tokens, *open_link, *secrets]


@pytest.fixture(scope="module")
def whole(voted: tuple[Workspace, list[str]]) -> bytes:
    place = voted[0].root.parent / "toy.zip"
    lab.export_study(voted[0], "toy", place)
    return place.read_bytes()


@pytest.fixture
def archive(whole: bytes, tmp_path: Path) -> Path:
    (tmp_path / "toy.zip").write_bytes(whole)
    return tmp_path / "toy.zip"


@pytest.fixture
def there(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "there")


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace into which nothing comes."""
    return Workspace(tmp_path_factory.mktemp("nowhere") / "studies")


def files(folder: Path) -> Members:
    kept = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def studies_in(ws: Workspace) -> list[str]:
    """Return what lies in a workspace beside its database."""
    return (
        [path.name for path in ws.root.iterdir() if not path.name.startswith("qualab.db")] if ws.root.exists() else []
    )


def is_empty(ws: Workspace) -> bool:
    with lab.store(ws).database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT COUNT(*) FROM launches").scalar()
    return rows == 0 and studies_in(ws) == []


def test_a_study_arrives_as_it_left(voted: tuple[Workspace, list[str]], archive: Path, there: Workspace) -> None:
    here = voted[0]
    made = lab.import_study(there, archive)
    assert (made.study, made.viewers, made.votes) == ("toy", 5, len(lab.votes(here, "toy")))
    assert files(there.folder("toy").path) == files(here.folder("toy").path)
    assert lab.verify(there, "toy") == []
    assert lab.votes(there, "toy").equals(lab.votes(here, "toy"))
    assert lab.viewing(there, "toy").equals(lab.viewing(here, "toy"))
    assert lab.progress(there, "toy") == lab.progress(here, "toy")
    assert studies_in(there) == ["toy"]


def test_no_token_leaves_and_no_link_works_elsewhere(
    voted: tuple[Workspace, list[str]], archive: Path, there: Workspace
) -> None:
    here, secrets = voted
    with zipfile.ZipFile(archive) as packed:
        text = packed.read("votes.ndjson").decode() + packed.read("archive.json").decode()
    with lab.store(here).database.reading() as connection:
        tokens = list(connection.exec_driver_sql("SELECT media_token FROM trials").scalars())
    for secret in [*secrets, *tokens]:
        assert secret not in text
        assert hashlib.sha256(secret.encode()).hexdigest() not in text
    lab.import_study(there, archive)
    for token in secrets[:4]:
        with pytest.raises(InputError, match="is not known"):
            lab.store(there).join(token)
    assert vote(there, lab.launch(there, "toy", viewers=1)[0])
    assert lab.verify(there, "toy") == []


def test_under_another_id_it_stands_beside_the_first(archive: Path, there: Workspace) -> None:
    lab.import_study(there, archive)
    with pytest.raises(InputError, match="exists already — give it another id here: --id NEW"):
        lab.import_study(there, archive)
    lab.import_study(there, archive, new_id="second")
    assert there.folder("second").load().id == there.folder("second").read_manifest().study == "second"
    assert lab.verify(there, "second") == []
    columns = ["src", "hrc_a", "hrc_b", "choice", "voided", "voted_at"]
    assert lab.votes(there, "second")[columns].equals(lab.votes(there, "toy")[columns])
    # A changed vote is found out under the new chain as under the old one.
    with lab.store(there).database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER votes_no_update")
        connection.exec_driver_sql("UPDATE votes SET choice = 'right' WHERE id = (SELECT MAX(id) FROM votes)")
    assert lab.verify(there, "second")


def test_the_same_study_gives_the_same_bytes(voted: tuple[Workspace, list[str]], archive: Path, tmp_path: Path) -> None:
    lab.export_study(voted[0], "toy", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_votes_of_a_study_that_was_deleted_are_not_mixed_with_others(archive: Path, there: Workspace) -> None:
    lab.import_study(there, archive)
    there.folder("toy").path.rename(there.root.parent / "away")
    with pytest.raises(InputError, match="has votes in this database already"):
        lab.import_study(there, archive)
    assert studies_in(there) == []


def repacked(archive: Path, edit: Callable[[Members], None], *, relist: bool = True) -> None:
    """Write the archive again with other members, which archive.json lists if `relist`."""
    with zipfile.ZipFile(archive) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    edit(members)
    if relist and "archive.json" in members:
        about = json.loads(members.pop("archive.json"))
        about["files"] = {
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members.items()
        }
        members["archive.json"] = json.dumps(about).encode()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)


def edit_rows(table: str, change: Callable[[dict[str, Any]], None], *, nth: int = 0) -> Callable[[Members], None]:
    def edit(members: Members) -> None:
        rows = [json.loads(line) for line in members["votes.ndjson"].splitlines()]
        change([row for row in rows if row["table"] == table][nth])
        members["votes.ndjson"] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    return edit


def put(name: str, data: bytes) -> Callable[[Members], None]:
    return lambda members: members.update({name: data})


def build(change: Callable[[dict[str, Any]], None]) -> Callable[[Members], None]:
    def edit(members: Members) -> None:
        manifest = json.loads(members["build.json"])
        change(manifest["objects"][0])
        members["build.json"] = json.dumps(manifest).encode()

    return edit


HOSTILE = [
    (put("../evil.txt", b"x"), "'../evil.txt', which does not belong there"),
    (put("/etc/evil", b"x"), "'/etc/evil', which does not belong there"),
    (put("pvs/../../evil", b"x"), "does not belong there"),
    (put("pvs\\..\\evil", b"x"), "does not belong there"),
    (put("pvs/.hidden", b"x"), "does not belong there"),
    (put("qualab.db", b"x"), "does not belong there"),
    (put("pvs/deep/er.mkv", b"x"), "does not belong there"),
    (put(f"clips/{'0' * 64}.mp4", b"x"), "is not the clip that its name tells"),
    (put("pvs/zeros.json", bytes(9 << 20)), "unpacks to more than 200 times its size"),
    (lambda members: members.pop("study.toml"), "lacks study.toml"),
    (lambda members: members.pop("archive.json"), "lacks archive.json"),
    (put("study.toml", b"id = 'other'\n"), "study"),
    (put("votes.ndjson", b"[1]\n"), "votes.ndjson cannot be read"),
    (put("votes.ndjson", b'{"table": ["votes"]}\n'), "is out of place"),
    (put("votes.ndjson", b"[" * 100_000), "votes.ndjson cannot be read"),
    (put("votes.ndjson", b'{"table": "alembic_version"}\n'), "is out of place"),
    (edit_rows("votes", lambda row: row.update(choice="right")), "vote 1 of a viewer is not what was saved"),
    (edit_rows("votes", lambda row: row.update(choice="up")), "is not what was saved"),
    (edit_rows("trials", lambda row: row.update(hrc_b="other")), "is not what was saved"),
    (edit_rows("subjects", lambda row: row.update(number=0), nth=-1), "rows do not fit together"),
    (edit_rows("subjects", lambda row: row.update(invite_sha256="0" * 64)), "has other columns"),
    (edit_rows("steps", lambda row: row.update(trial_id=10**6)), "names a row of trials that is not there"),
    (edit_rows("events", lambda row: row.update(detail="0" * 64)), "a receipt was given for a vote"),
    (edit_rows("launches", lambda row: row.update(design="{}")), "its design is not the one that was frozen"),
    (edit_rows("sessions", lambda row: row.update(created_at="a\0b")), "created_at of a row of sessions"),
    (edit_rows("trials", lambda row: row.update(position=True)), "position of a row of trials"),
    (build(lambda made: made.update(file="../../../etc/passwd")), "build.json names '../../../etc/passwd'"),
    (build(lambda made: made.update(sha256="0" * 64)), "is not what build.json says was made"),
]


@pytest.mark.parametrize(("edit", "told"), HOSTILE)
def test_what_no_export_writes_is_refused_and_leaves_nothing(
    archive: Path, nowhere: Workspace, edit: Callable[[Members], None], told: str
) -> None:
    repacked(archive, edit)
    with pytest.raises(InputError) as caught:
        lab.import_study(nowhere, archive)
    assert told in str(caught.value)
    assert is_empty(nowhere)
    assert {path.name for path in nowhere.root.parent.iterdir()} <= {"studies"}


def member(archive: Path, name: str = "pvs/x.json", **attributes: Any) -> None:
    info = zipfile.ZipInfo(name)
    for key, value in attributes.items():
        setattr(info, key, value)
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr(info, b"x")


def test_links_doubles_and_what_is_not_listed_are_refused(archive: Path, whole: bytes, nowhere: Workspace) -> None:
    def refusal(change: Callable[[], None]) -> str:
        archive.write_bytes(whole)
        change()
        with pytest.raises(InputError) as caught:
            lab.import_study(nowhere, archive)
        return str(caught.value)

    link = (stat.S_IFLNK | 0o777) << 16
    assert "pvs/x.json is not a plain file" in refusal(lambda: member(archive, external_attr=link))
    assert "holds other files than archive.json lists" in refusal(lambda: member(archive))
    other = put("build.json", b"{}")
    assert "build.json is not what archive.json lists" in refusal(lambda: repacked(archive, other, relist=False))
    with pytest.warns(UserWarning, match="Duplicate name"):
        assert "holds study.toml twice" in refusal(lambda: member(archive, "study.toml"))
    assert is_empty(nowhere)


def test_a_flipped_bit_a_lost_end_and_a_text_are_told_apart_from_an_archive(
    archive: Path, whole: bytes, nowhere: Workspace
) -> None:
    place = whole.index(b"a PVS")
    archive.write_bytes(whole[:place] + b"A" + whole[place + 1 :])
    with pytest.raises(InputError, match=r"is damaged .*CRC"):
        lab.import_study(nowhere, archive)
    for broken in (whole[:-300], b"a letter"):
        archive.write_bytes(broken)
        with pytest.raises(InputError, match="is no whole zip file"):
            lab.import_study(nowhere, archive)
    with pytest.raises(InputError, match="cannot be read"):
        lab.import_study(nowhere, archive.with_name("missing.zip"))
    assert is_empty(nowhere)


def test_too_many_files_and_too_little_room_are_refused(
    archive: Path, nowhere: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "free_bytes", lambda path: 1000)
    with pytest.raises(StorageError, match="more than is free"):
        lab.import_study(nowhere, archive)
    monkeypatch.setattr(unpacking, "_MOST_FILES", 3)
    with pytest.raises(InputError, match="more than 3 files"):
        lab.import_study(nowhere, archive)


@pytest.mark.parametrize("nth", [1, 4])
def test_a_disk_that_fills_up_leaves_nothing(
    archive: Path, nowhere: Workspace, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    real, calls = archiving.os.fsync, []

    def fsync(handle: int) -> None:
        calls.append(handle)
        if len(calls) == nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(archiving.os, "fsync", fsync)
    with pytest.raises(StorageError, match="the disk is full") as caught:
        lab.import_study(nowhere, archive)
    assert caught.value.exit_code == 5
    assert is_empty(nowhere)


def test_an_export_onto_a_full_disk_leaves_nothing(toy: Workspace, tmp_path: Path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("qualab.study.workspace.os.fsync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        lab.export_study(toy, "toy", tmp_path / "out" / "toy.zip")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_failed_commit_takes_the_files_back(archive: Path, there: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.rename

    def rename(part: Path, target: Path) -> None:
        real(part, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        lab.import_study(there, archive)
    monkeypatch.undo()
    assert studies_in(there) == []
    assert lab.store(there).launches("toy") == []


def test_what_a_killed_import_left_is_removed_by_the_next(archive: Path, there: Workspace) -> None:
    (there.root / ".toy.999999999.part").mkdir(parents=True)
    lab.import_study(there, archive)
    assert studies_in(there) == ["toy"]


def test_the_place_of_an_export_must_be_a_new_zip(toy: Workspace, tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_bytes(b"keep")
    with pytest.raises(InputError, match="is there already"):
        lab.export_study(toy, "toy", tmp_path / "mine.zip")
    with pytest.raises(InputError, match=r"does not end in \.zip"):
        lab.export_study(toy, "toy", tmp_path / "mine.tar")
    assert (tmp_path / "mine.zip").read_bytes() == b"keep"


def test_the_verbs_say_what_they_moved(toy: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(tmp_path / "toy.zip")
    for words in (["study", "export", "toy", place], ["study", "import", place, "--id", "copy"]):
        assert _outcome(lambda words=words: _app()(words, standalone_mode=False)) == (0, "")
    said = capsys.readouterr()
    assert "Imported copy: 0 votes of 0 viewers" in said.out
    assert "Links to vote are not in it" in said.err
    assert _outcome(lambda: _app()(["study", "import", place], standalone_mode=False))[0] == 2

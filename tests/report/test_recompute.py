"""The zip computed once more: what it says follows from its own tables, and a change does not pass."""

import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from qualab.cli.main import _app, _outcome
from qualab.errors import InputError
from qualab.report.archive import sums_of, write_zip
from qualab.report.data import ReportData
from qualab.report.recompute import recompute

Make = Callable[..., ReportData]


@pytest.fixture(scope="module")
def exported(make: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the zip of a study of three HRCs, all compared with all, and simulated votes."""
    path = tmp_path_factory.mktemp("exported") / "toons.zip"
    write_zip(make(clips=3, hrcs=3, viewers=6, simulated=2, compare="all"), "<html></html>", path)
    return path


def changed(path: Path, *, honest_sums: bool = True, **contents: bytes | None) -> Path:
    """Return a copy with other contents of some files (`votes_csv` is votes.csv), or without them."""
    names = {name.replace("_", "."): content for name, content in contents.items()}
    with zipfile.ZipFile(path) as packed:
        held = {name: packed.read(name) for name in packed.namelist()} | names
    held = {name: content for name, content in held.items() if content is not None}
    if honest_sums:
        held["sha256sums.txt"] = sums_of({name: held[name] for name in held if name != "sha256sums.txt"}).encode()
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as packed:
        for name, content in held.items():
            packed.writestr(name, content)
    return target


def held(path: Path, name: str) -> list[dict[str, object]]:
    with zipfile.ZipFile(path) as packed:
        found: list[dict[str, object]] = json.loads(packed.read(name))
    return found


def test_every_result_follows_from_the_tables_in_the_zip(exported: Path) -> None:
    found = recompute(exported)
    assert found.faults == ()
    assert found.results == len(held(exported, "results.json")) > 40


def test_an_open_study_is_recomputed_as_e_values_only(make: Make, tmp_path: Path) -> None:
    write_zip(make(is_open=True), "<html></html>", tmp_path / "a.zip")
    assert recompute(tmp_path / "a.zip").faults == ()
    assert {row["analysis"] for row in held(tmp_path / "a.zip", "results.json")} <= {"e_value", "screening"}


def test_the_readme_names_the_command_that_recomputes(
    exported: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(exported) as packed:
        readme = packed.read("README.txt").decode()
    command = next(line.split() for line in readme.splitlines() if line.startswith("    qualab "))
    monkeypatch.chdir(exported.parent)
    assert _outcome(lambda: _app()(command[1:], standalone_mode=False)) == (0, "")
    said = capsys.readouterr().out
    assert said.startswith("toons.zip: ")
    assert "results recomputed, all equal" in said


def test_a_result_that_the_votes_do_not_give_is_named(exported: Path) -> None:
    rows = held(exported, "results.json")
    place = next(place for place, row in enumerate(rows) if row["analysis"] == "sign_flip")
    rows[place]["p_value"] = 0.001
    faults = recompute(changed(exported, results_json=json.dumps(rows).encode())).faults
    assert len(faults) == 1
    assert "sign_flip" in faults[0]
    assert "p_value" in faults[0]


def test_a_changed_vote_shows_in_the_results_and_in_the_csv(exported: Path) -> None:
    rows = held(exported, "votes.json")
    for row in rows[:6]:
        row["choice"] = "a"
    faults = recompute(changed(exported, votes_json=json.dumps(rows).encode())).faults
    assert "votes.csv and votes.json say different things" in faults
    assert any("results.json" in fault for fault in faults)


def test_a_file_changed_after_export_or_missing_is_named(exported: Path) -> None:
    faults = recompute(changed(exported, honest_sums=False, report_html=b"<p>", scores_parquet=None)).faults
    assert faults == ("report.html is not as exported", "scores.parquet is missing")


def test_verify_of_a_changed_zip_exits_with_5(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = changed(exported, honest_sums=False, report_html=b"<p>")
    code, said = _outcome(lambda: _app()(["verify", str(path)], standalone_mode=False))
    assert code == 5
    assert "1 thing is not as exported" in said
    assert capsys.readouterr().err == "report.html is not as exported\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("votes_json", b"["),
        ("votes_json", b"[" * 100_000),
        ("votes_json", b'[{"a": 1}]'),
        ("votes_json", b"7"),
        ("viewers_json", b"7"),
        ("scores_json", b'[{"src": 1}]'),
        ("provenance_json", b"{}"),
        ("provenance_json", b'{"launches": [{}]}'),
        (
            "provenance_json",
            b'{"launches": [{"id": 1, "design": 3, "design_sha256": 1, "created_at": 1, "closed_at": 1}]}',
        ),
        ("study_toml", b"\xff"),
        ("study_toml", b"x = 1"),
        ("results_json", b"{}"),
        ("results_json", None),
    ],
)
def test_a_hostile_zip_is_refused_or_found_wrong_and_never_trusted(
    exported: Path, name: str, content: bytes | None
) -> None:
    with suppress(InputError):
        assert recompute(changed(exported, **{name: content})).faults


def test_no_zip_and_a_zip_of_something_else_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InputError, match="no whole zip"):
        recompute(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr("../../etc/passwd", b"x")
    with pytest.raises(InputError, match="is no report"):
        recompute(tmp_path / "b.zip")
    with pytest.raises(InputError, match="cannot be read"):
        recompute(tmp_path / "none.zip")


def test_a_zip_that_would_unpack_to_gigabytes_is_refused_at_once(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qualab.report.recompute._MOST_BYTES", 1000)
    with pytest.raises(InputError, match="too large"):
        recompute(exported)

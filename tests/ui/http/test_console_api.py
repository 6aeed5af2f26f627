import json
from collections.abc import AsyncIterator

import pytest

from qualab.study.workspace import Workspace
from qualab.ui.http.uploads import display_name, waiting

RAW = {"content-type": "application/octet-stream"}
EXPORTS = ("report.html", "report.pdf", "report.zip", "votes.csv", "scores.csv")


def incoming(ws: Workspace) -> list[str]:
    folder = ws.folder("toy").path / "incoming"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_an_upload_lies_whole_in_incoming_under_a_name_of_its_own(researcher, toy: Workspace):
    async def body() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"clip" * 4096

    path = "/api/upload?study=toy&name=..%2F..%2Fetc%2FFilm%20%231.MKV"
    answer = researcher.request("POST", path, content=body(), headers=RAW)
    assert answer.json()["status"] == "stored"
    (upload,) = waiting(toy.folder("toy"))
    assert (upload.name, upload.path.suffix, upload.size_bytes) == ("Film #1.MKV", ".mkv", 300 * 4 * 4096)
    assert upload.path.read_bytes() == b"clip" * 4096 * 300
    assert len(incoming(toy)) == 2


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/upload?study=toy&name=a.mp4", b"", 422),
        ("/api/upload?study=nosuch&name=a.mp4", b"x", 422),
        ("/api/upload?study=..%2Ftoy&name=a.mp4", b"x", 422),
        ("/api/upload?study=toy&name=a.mp4", b"x" * (2**20 + 1), 413),
    ],
)
def test_a_refused_upload_leaves_nothing(researcher, toy: Workspace, monkeypatch, path, body, status):
    monkeypatch.setenv("QUALAB_MAX_UPLOAD_MB", "1")
    answer = researcher.request("POST", path, content=body, headers=RAW)
    assert (answer.status_code, answer.json()["status"]) == (status, "refused")
    assert incoming(toy) == []


def test_an_upload_longer_than_it_said_is_cut_off(researcher, toy: Workspace, monkeypatch):
    monkeypatch.setenv("QUALAB_MAX_UPLOAD_MB", "1")

    async def body() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536

    answer = researcher.request("POST", "/api/upload?study=toy&name=a.mp4", content=body(), headers=RAW)
    assert answer.status_code == 413
    assert incoming(toy) == []


def test_viewers_and_strangers_can_neither_upload_nor_export(viewer, toy: Workspace):
    assert viewer.request("POST", "/api/upload?study=toy&name=a", content=b"x", headers=RAW).status_code == 403
    for name in EXPORTS:
        assert viewer.get(f"/export/toy/{name}").status_code == 404
    assert incoming(toy) == []


def test_an_upload_from_another_site_is_refused(researcher, toy: Workspace):
    headers = {**RAW, "sec-fetch-site": "cross-site"}
    assert researcher.request("POST", "/api/upload?study=toy", content=b"x", headers=headers).status_code == 403
    headers = {"content-type": "multipart/form-data"}
    assert researcher.request("POST", "/api/upload?study=toy", content=b"x", headers=headers).status_code == 415


def test_tables_and_reports_are_downloads_with_the_studys_name(researcher, toy: Workspace):
    reports = toy.folder("toy").path / "reports"
    reports.mkdir()
    (reports / "report.html").write_text("<p>report</p>")
    for name in ("report.html", "votes.csv", "scores.csv"):
        answer = researcher.get(f"/export/toy/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == f'attachment; filename="toy-{name}"'
    assert researcher.get("/export/toy/scores.csv").text.startswith("src,hrc,metric,pooling,value")
    assert researcher.get("/export/toy/votes.csv").text.startswith("subject,src,hrc_a,hrc_b,choice,left_hrc")


def test_nothing_else_can_be_exported(researcher):
    for path in ("/export/toy/study.toml", "/export/toy/report.zip", "/export/nosuch/votes.csv", "/export/%2e%2e/x"):
        assert researcher.get(path).status_code == 404


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a.mp4", "a.mp4"),
        ("C:\\film\\a.mp4", "a.mp4"),
        ("/etc/x/", "clip"),
        ("", "clip"),
        ("a\nb\u202e.mp4", "a\\nb\\u202e.mp4"),
        ("\ud800.mp4", "?.mp4"),
        ("ü" * 300, "ü" * 200),
    ],
)
def test_a_name_is_shown_as_one_short_line(given, shown):
    assert display_name(given) == shown


def test_an_upload_without_its_note_is_still_listed(toy: Workspace):
    folder = toy.folder("toy").path / "incoming"
    folder.mkdir()
    (folder / f"{'0a' * 12}.mp4").write_bytes(b"x")
    (folder / f"{'0b' * 12}.mp4").write_bytes(b"x")
    (folder / f"{'0b' * 12}.json").write_text(json.dumps({"name": "b.mp4"}))
    (folder / ".0c.mp4.part").write_bytes(b"x")
    assert sorted(upload.name for upload in waiting(toy.folder("toy"))) == [f"{'0a' * 12}.mp4", "b.mp4"]

"""Reading build.json and the records beside objects: what is typed, what is kept, what is refused."""

import json
from pathlib import Path

import pytest

from qualab.study.manifest import Manifest, Record
from qualab.study.workspace import StudyFolder

RECORD = {"kind": "pvs", "src": "fox", "hrc": "sr", "file": "pvs/fox.mkv", "bytes": 7, "bitrate_kbps": 801.25}
BUILD = {"study": "toy", "tools": {"ffmpeg": "9"}, "objects": [RECORD], "failures": [{"src": "owl", "error": "no"}]}


def test_what_is_read_is_written_back_as_it_was_unknown_keys_included() -> None:
    newer = {**BUILD, "later": {"a": [1, None]}, "objects": [{**RECORD, "halves": {"vmaf": [99.5]}}]}
    assert Manifest.model_validate_json(json.dumps(newer)).dump() == newer


def test_keys_that_older_builds_lack_have_defaults() -> None:
    pair = Record(kind="pair", src="fox", file="pairs/1.mp4")
    assert (pair.role, pair.packing, pair.all_files) == ("test", "packed", ("pairs/1.mp4",))
    assert Manifest().bitrates() == {}


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"objects": "x"}', '{"objects": [{"src": "fox"}]}', "\xff"])
def test_a_broken_build_is_an_empty_one(tmp_path: Path, text: str | None) -> None:
    folder = StudyFolder(tmp_path / "toy")
    folder.path.mkdir()
    if text is not None:
        folder.manifest.write_bytes(text.encode("latin-1"))
    assert folder.read_manifest() == Manifest(study="toy")


def test_records_are_listed_by_kind_and_clip() -> None:
    others = [{**RECORD, "kind": "scores"}, {**RECORD, "src": "owl"}]
    build = Manifest.model_validate({"objects": [RECORD, *others]})
    assert [pvs.src for pvs in build.of_kind("pvs")] == ["fox", "owl"]
    assert [record.file for record in build.of_kind("pvs", "fox")] == ["pvs/fox.mkv"]
    assert build.bitrates() == {("fox", "sr"): 801.25, ("owl", "sr"): 801.25}

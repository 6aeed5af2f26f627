"""The zip: everything the report was computed from, in formats that other tools read."""

import csv
import io
import json
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from qualab.errors import StorageError
from qualab.report.archive import save, write_zip
from qualab.report.data import ReportData
from qualab.study.tables import SCORE_COLUMNS, VOTE_COLUMNS

Make = Callable[..., ReportData]


def unpacked(data: ReportData, path: Path) -> dict[str, bytes]:
    write_zip(data, "<html></html>", path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_what_its_readme_names(make: Make, tmp_path: Path) -> None:
    found = unpacked(make(), tmp_path / "a.zip")
    frames = {f"frames/clip-{clip}/{hrc}.parquet" for clip in (0, 1) for hrc in ("bicubic", "espcn-x2")}
    tables = {f"{name}.{suffix}" for name in ("scores", "votes", "viewers") for suffix in ("csv", "json", "parquet")}
    singles = {"README.txt", "sha256sums.txt", "report.html", "results.json", "provenance.json", "study.toml"}
    assert set(found) == frames | tables | singles
    readme = found["README.txt"].decode()
    for name in (*(singles - {"README.txt"}), "scores.csv", "votes.csv", "viewers.csv", "frames/"):
        assert name in readme


def test_csv_json_and_parquet_of_a_table_say_the_same(make: Make, tmp_path: Path) -> None:
    data = make(simulated=2)
    found = unpacked(data, tmp_path / "a.zip")
    for name, columns in (("scores", SCORE_COLUMNS), ("votes", VOTE_COLUMNS)):
        parquet = pd.read_parquet(io.BytesIO(found[f"{name}.parquet"]))
        rows = list(csv.DictReader(io.StringIO(found[f"{name}.csv"].decode())))
        records = json.loads(found[f"{name}.json"])
        assert tuple(parquet.columns) == tuple(rows[0]) == tuple(records[0]) == columns
        assert len(parquet) == len(rows) == len(records) == len(getattr(data, name))
        assert [row["src"] for row in rows] == list(parquet["src"]) == [record["src"] for record in records]


def test_votes_keep_simulated_rows_flagged_and_no_column_beyond_the_public_ones(make: Make, tmp_path: Path) -> None:
    data = make(simulated=2)
    leaky = replace(data, votes=data.votes.assign(token="SECRET-TOKEN", user_agent="SECRET-BROWSER"))
    found = unpacked(leaky, tmp_path / "a.zip")
    assert {record["simulated"] for record in json.loads(found["votes.json"])} == {0, 1}
    assert not [name for name, content in found.items() if b"SECRET" in content]


def test_what_is_no_number_is_null_in_json_with_its_flag(make: Make, tmp_path: Path) -> None:
    data = make()
    scores = data.scores.copy()
    scores.loc[0, ["value", "lossless"]] = [np.nan, True]
    found = unpacked(replace(data, scores=scores), tmp_path / "a.zip")
    first = json.loads(found["scores.json"])[0]
    assert first["value"] is None
    assert first["lossless"] is True


def test_infinite_frame_scores_survive_in_parquet(make: Make, tmp_path: Path) -> None:
    found = unpacked(make(), tmp_path / "a.zip")
    table = pd.read_parquet(io.BytesIO(found["frames/clip-1/bicubic.parquet"]))
    assert np.isposinf(table["psnr_y"][0])


def test_text_that_a_spreadsheet_would_run_is_quoted_and_numbers_stay_numbers(make: Make, tmp_path: Path) -> None:
    data = make()
    votes = data.votes.assign(subject="=cmd|' /C calc'!A0", response_ms=-1.5)
    row = next(
        csv.DictReader(io.StringIO(unpacked(replace(data, votes=votes), tmp_path / "a.zip")["votes.csv"].decode()))
    )
    assert row["subject"] == "'=cmd|' /C calc'!A0"
    assert row["response_ms"] == "-1.5"


def test_results_carry_n_interval_and_whether_they_are_simulated(make: Make, tmp_path: Path) -> None:
    results = json.loads(unpacked(make(simulated=2), tmp_path / "a.zip")["results.json"])
    assert {row["simulated"] for row in results} == {True, False}
    assert all({"estimate", "ci", "p_value", "n_votes", "n_subjects", "estimand"} <= set(row) for row in results)


def test_study_toml_reads_back_equal(make: Make, tmp_path: Path) -> None:
    data = make()
    found = tomllib.loads(unpacked(data, tmp_path / "a.zip")["study.toml"].decode())
    assert type(data.study).model_validate(found) == data.study


def test_the_same_study_gives_the_same_bytes(make: Make, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        save(make(), tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_an_empty_study_gives_a_zip_with_headed_tables(make: Make, tmp_path: Path) -> None:
    found = unpacked(make(clips=0, viewers=0), tmp_path / "a.zip")
    assert found["scores.csv"].decode() == ",".join(SCORE_COLUMNS) + "\n"
    assert found["votes.csv"].decode() == ",".join(VOTE_COLUMNS) + "\n"


def test_a_failed_write_leaves_the_former_file_and_no_part(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.zip"
    path.write_text("former")

    def full(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(StorageError, match="disk is full"):
        write_zip(make(), "", path)
    assert path.read_text() == "former"
    assert [found.name for found in tmp_path.iterdir()] == ["a.zip"]

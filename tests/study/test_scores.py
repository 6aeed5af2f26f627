"""Scores on disk: one table or many files, the same answer; only what is asked for is read."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qualab.study.scores import diagnostics_of, frames_of, pooled_scores, scenes_of
from qualab.study.workspace import FRAMES, StudyFolder, Workspace

HRCS = ("toyother", "toybase")


def consolidate(folder: StudyFolder) -> None:
    """Write the tables that a build ends with."""
    pooled_scores(folder).to_parquet(folder.scores_table, index=False)
    files = folder.score_files(FRAMES)
    parts = [pd.read_parquet(path).assign(src=key[0], hrc=key[1]) for key, path in files]
    parts = [part.astype({"src": "category", "hrc": "category"}) for part in parts]
    schema = pa.Table.from_pandas(parts[0]).schema.remove_metadata()
    with pq.ParquetWriter(folder.frames_table, schema) as writer:
        for part in parts:
            writer.write_table(pa.Table.from_pandas(part).cast(schema))


def test_one_table_answers_as_the_many_files_do(toy: Workspace):
    folder = toy.folder("toy")
    pooled = pooled_scores(folder)
    frames = frames_of(folder, "toy-fox", HRCS, ["vmaf", "ssim"])
    consolidate(folder)
    for _, path in folder.score_files(FRAMES):
        path.unlink()
    pd.testing.assert_frame_equal(pooled_scores(folder), pooled)
    again = frames_of(folder, "toy-fox", HRCS, ["vmaf", "ssim"])
    assert list(again) == list(frames) == list(HRCS)
    for hrc in HRCS:
        pd.testing.assert_frame_equal(again[hrc], frames[hrc], check_dtype=False)


@pytest.mark.parametrize("is_one_table", [False, True])
def test_what_was_not_measured_is_left_out(is_one_table, toy: Workspace):
    folder = toy.folder("toy")
    if is_one_table:
        consolidate(folder)
    found = frames_of(folder, "toy-fox", ["toybase", "unknown"], ["vmaf_v1", "psnr"])
    assert {hrc: list(table.columns) for hrc, table in found.items()} == {"toybase": ["frame", "psnr"]}
    assert frames_of(folder, "toy-street", HRCS, ["vmaf"]) == {}


def test_scenes_and_diagnostics_of_an_old_build_are_none(toy: Workspace):
    folder = toy.folder("toy")
    assert scenes_of(folder.read_manifest(), "toy-fox") == []
    assert diagnostics_of(folder.read_manifest(), folder, "toy-fox") == {}


def test_scenes_and_diagnostics_are_those_of_the_clip(toy: Workspace, with_frames):
    folder = toy.folder("toy")
    with_frames(folder)
    assert scenes_of(folder.read_manifest(), "toy-fox") == [0, 9, 17]
    assert scenes_of(folder.read_manifest(), "toy-street") == []
    found = diagnostics_of(folder.read_manifest(), folder, "toy-street")
    assert {hrc: table["blur"].iloc[0] for hrc, table in found.items()} == {"toybase": 1, "toytest": 2, "toyother": 3}

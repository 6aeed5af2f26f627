"""Scores of a study as they lie on disk: pooled ones at once, frames of one clip at a time."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from qualab.study import families
from qualab.study.manifest import Manifest
from qualab.study.tables import SCORE_COLUMNS, empty
from qualab.study.workspace import DIAGNOSTICS, FRAMES, POOLED, StudyFolder

Identity = tuple[str, int, int]


def identity(path: Path) -> Identity:
    """Return what tells one state of a file from the next: path, time of change, size; zeros where it is missing."""
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), status.st_mtime_ns, status.st_size


def pooled_scores(folder: StudyFolder) -> pd.DataFrame:
    """Return all pooled scores (SCORE_COLUMNS): of scores.parquet, else of the file beside each PVS."""
    if folder.scores_table.is_file():
        return pd.read_parquet(folder.scores_table)
    tables = [pd.read_parquet(path) for _, path in folder.score_files(POOLED)]
    return pd.concat(tables, ignore_index=True) if tables else empty(SCORE_COLUMNS)


def frames_of(folder: StudyFolder, src: str, hrcs: Sequence[str], metrics: Sequence[str]) -> Mapping[str, pd.DataFrame]:
    """Return frame scores of one clip by HRC id: `frame` and those of `metrics` that were measured.

    Reads nothing but these columns of this clip's row groups.
    """
    if folder.frames_table.is_file():
        return _of_table(folder.frames_table, src, hrcs, metrics)
    wanted = {(src, hrc): hrc for hrc in hrcs}
    files = {wanted[key]: path for key, path in folder.score_files(FRAMES) if key in wanted}
    return {hrc: _columns(files[hrc], metrics) for hrc in hrcs if hrc in files}


def diagnostics_of(manifest: Manifest, folder: StudyFolder, src: str) -> Mapping[str, pd.DataFrame]:
    """Return the diagnostics of one clip's PVSs by HRC id (DIAGNOSTIC_COLUMNS); none where none were measured."""
    records = manifest.of_kind("diagnostics", src)
    files = {record.hrc: folder.path / record.file for record in records if record.file.endswith(DIAGNOSTICS)}
    return {hrc: pd.read_parquet(path) for hrc, path in files.items() if path.is_file()}


def pooled_diagnostics(folder: StudyFolder) -> pd.DataFrame:
    """Return mean and maximum over frames of every PVS's diagnostics: SCORE_COLUMNS but `lossless`."""
    manifest = folder.read_manifest()
    rows = [
        (src, hrc, name, pooling, float(value), families.DIAGNOSTICS[name].unit.name)
        for src in dict.fromkeys(record.src for record in manifest.of_kind("diagnostics"))
        for hrc, frames in diagnostics_of(manifest, folder, src).items()
        for name in families.DIAGNOSTICS
        if name in frames
        for pooling, value in (("mean", frames[name].mean()), ("max", frames[name].max()))
    ]
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS[:-1]))


def scenes_of(manifest: Manifest, src: str) -> list[int]:
    """Return the first frames of a clip's scenes; none where a build of old did not look for them."""
    return [frame for record in manifest.of_kind("scenes", src) for frame in record.scenes]


def _of_table(path: Path, src: str, hrcs: Sequence[str], metrics: Sequence[str]) -> dict[str, pd.DataFrame]:
    metadata, groups = _groups(identity(path))
    there = set(metadata.schema.names)
    columns = ["frame", *(name for name in metrics if name in there)]
    tables = {}
    with pq.ParquetFile(path, metadata=metadata) as file:
        for hrc in hrcs:
            if (src, hrc) in groups:
                table = file.read_row_group(groups[src, hrc], columns=columns).to_pandas()
                tables[hrc] = table.dropna(axis="columns", how="all")
    return tables


@lru_cache(maxsize=4)
def _groups(key: Identity) -> tuple[pq.FileMetaData, dict[tuple[str, str], int]]:
    """Return a frames table's metadata and the row group of each (src, hrc): of a large study they take longest."""
    metadata = pq.read_metadata(key[0])
    src, hrc = (metadata.schema.names.index(name) for name in ("src", "hrc"))
    rows = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    # One PVS a row group: least and greatest are the same.
    names = [(group.column(src).statistics.min, group.column(hrc).statistics.min) for group in rows]
    return metadata, {name: number for number, name in enumerate(names)}


def _columns(path: Path, metrics: Sequence[str]) -> pd.DataFrame:
    there = set(pq.read_schema(path).names)
    return pd.read_parquet(path, columns=["frame", *(name for name in metrics if name in there)])

"""All scores of a build in two tables, so that a dashboard reads two files and not thousands."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from qualab.study.files import replacing, storage
from qualab.study.manifest import Record
from qualab.study.workspace import FRAMES, POOLED, StudyFolder


def collect_scores(folder: StudyFolder, objects: Sequence[Record], *, known: str) -> str:
    """Write scores.parquet and frames.parquet of a build's objects; return the digest of what is in them.

    Nothing is written where `known`, the digest of the last build, is the same and the tables are there.
    """
    scores = [record for record in objects if record.kind == "scores"]
    listed = "\n".join(f"{record.src} {record.hrc} {record.key}" for record in scores)
    digest = hashlib.sha256(f"1\n{listed}".encode()).hexdigest()
    tables = (folder.scores_table, folder.frames_table)
    if digest == known and all(path.is_file() for path in tables):
        return digest
    if not scores:
        for path in tables:
            path.unlink(missing_ok=True)
        return digest
    stems = [folder.path / record.file.removesuffix(FRAMES) for record in scores]
    pooled = [pd.read_parquet(stem.with_name(f"{stem.name}{POOLED}")) for stem in stems]
    with replacing(folder.scores_table) as part, storage(folder.scores_table):
        pd.concat(pooled, ignore_index=True).to_parquet(part, index=False)
    with replacing(folder.frames_table) as part, storage(folder.frames_table):
        _write_frames(folder, scores, part)
    return digest


def _write_frames(folder: StudyFolder, scores: Sequence[Record], part: Path) -> None:
    """Write one row group a PVS: src and hrc as dictionaries, frame, and every metric as float32."""
    srcs, hrcs = (pd.Index(list(dict.fromkeys(names))) for names in ([r.src for r in scores], [r.hrc for r in scores]))
    metrics = list(dict.fromkeys(name for record in scores for name in _metrics(folder, record)))
    words = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema(
        [("src", words), ("hrc", words), ("frame", pa.int32()), *((name, pa.float32()) for name in metrics)]
    )
    with pq.ParquetWriter(part, schema) as writer:
        for record in scores:
            frames = pd.read_parquet(folder.path / record.file).reindex(columns=["frame", *metrics])
            src = pd.Categorical([record.src] * len(frames), categories=srcs)
            hrc = pd.Categorical([record.hrc] * len(frames), categories=hrcs)
            table = pd.DataFrame({"src": src, "hrc": hrc, **frames})
            writer.write_table(pa.Table.from_pandas(table, schema, preserve_index=False), row_group_size=len(frames))


def _metrics(folder: StudyFolder, record: Record) -> list[str]:
    return [name for name in pq.read_schema(folder.path / record.file).names if name != "frame"]

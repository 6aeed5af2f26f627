"""The report with everything it was computed from, as one zip."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from qualab.report.build import build
from qualab.report.data import ReportData
from qualab.report.html import render
from qualab.study.config import dump
from qualab.study.csv_files import csv_text
from qualab.study.files import replacing, storage
from qualab.study.json_values import json_safe
from qualab.study.tables import SCORE_COLUMNS, VOTE_COLUMNS

_EPOCH = (1980, 1, 1, 0, 0, 0)
_README = """\
Study {study}, exported by qualab {version} on {generated_at}.

Recompute every result from the tables in here, and check every file, with one command:

    qualab verify {name}

The votes alone give most of them, too: qualab analyze votes.csv --json

report.html               the report; opens offline in any browser
study.toml                the study: clips, HRCs, heights, seed, voting
scores.csv .json .parquet one row per clip, HRC, metric and pooling; no value and lossless = true where the
                          picture equals the reference (PSNR would be infinite)
frames/CLIP/HRC.parquet   every frame's scores; PSNR is inf where the frame equals the reference
votes.csv .json .parquet  one row per vote: choice a = hrc_a (baseline), b = hrc_b (test), tie; viewers are
                          numbers; simulated = 1 marks votes that no person cast; kind tells pairs of the study
                          (test) from checks of the viewer; comment is what viewers wrote, word for word: read it
                          before you pass it on
viewers.csv .json .parquet what viewers said of themselves, where the study asked
results.json              estimates with interval, n, p-value, estimand; simulated ones are flagged
provenance.json           the last build, the record of every PVS, the launches with their frozen rules
sha256sums.txt            the SHA-256 of every other file, as sha256sum -c reads it

CSV: text that a spreadsheet would run as a formula has a leading quote. JSON: null stands for "no number".
"""


def save(data: ReportData, path: Path) -> None:
    """Write the zip, whole or not at all."""
    write_zip(data, render(build(data)), path)


def write_zip(data: ReportData, document_html: str, path: Path) -> None:
    """Write report, tables, results and provenance as a zip; equal data give equal bytes.

    Raises:
        StorageError: it cannot be written; a former file at `path` stays.
    """
    entries = {"report.html": document_html.encode(), **_entries(data)}
    entries["sha256sums.txt"] = sums_of(entries).encode()
    with replacing(path) as part, storage(path), zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, entries[name])


def sums_of(entries: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of each file, a line each, as sha256sum writes them."""
    return "".join(f"{hashlib.sha256(entries[name]).hexdigest()}  {name}\n" for name in sorted(entries))


def _entries(data: ReportData) -> dict[str, bytes]:
    results = [{**row, "simulated": simulated} for result, simulated in data.results for row in result.rows()]
    pvss = [record.dump() for record in data.manifest.of_kind("pvs")]
    origins = {"build": data.manifest.dump(), "pvs": pvss, "launches": list(data.launches)}
    readme = _README.format(
        study=data.study.id, name=f"{data.study.id}.zip", version=data.version, generated_at=data.generated_at
    )
    # The code is what viewers are paid by.
    study = data.study.model_copy(update={"voting": data.study.voting.model_copy(update={"completion_code": ""})})
    return {
        "README.txt": readme.encode(),
        "study.toml": dump(study).encode(),
        "results.json": _json(results),
        "provenance.json": _json(origins),
        **_table("scores", data.scores[list(SCORE_COLUMNS)]),
        # Only the public columns: whatever else a store may hold about a viewer stays there.
        **_table("votes", data.votes[list(VOTE_COLUMNS)]),
        **_table("viewers", data.context.viewers),
        **{f"frames/{src}/{hrc}.parquet": _parquet(table) for (src, hrc), table in data.frames.items()},
    }


def _table(name: str, table: pd.DataFrame) -> dict[str, bytes]:
    return {
        f"{name}.csv": csv_text(table).encode(),
        f"{name}.json": _json(table.to_dict(orient="records")),
        f"{name}.parquet": _parquet(table),
    }


def _parquet(table: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    table.to_parquet(out, index=False)
    return out.getvalue()


def _json(value: object) -> bytes:
    return (json.dumps(json_safe(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()

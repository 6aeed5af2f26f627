"""Rate-quality points made elsewhere, as CSV."""

from pathlib import Path

import pandas as pd

from qualab.errors import InputError
from qualab.study.csv_files import Check, csv_bytes, numbers, read_csv
from qualab.study.tables import RATE_COLUMNS


def read_rates(source: Path | tuple[str, bytes]) -> pd.DataFrame:
    """Return rate-quality points made elsewhere: CSV with the columns `family,label,bitrate_kbps,quality[,src]`.

    Bitrate and quality are numbers with a decimal point, `src` None where there is none.

    Args:
        source: a file, or a name with the bytes that a file of that name would hold.

    Returns:
        A table of RATE_COLUMNS with at least two families.

    Raises:
        InputError: as csv_files.read_csv; a family is empty, a rate or quality is no number, a rate is not above zero,
            or there are fewer than two families.
    """
    name, data = source if isinstance(source, tuple) else (source.name, csv_bytes(source, "rate-quality points"))
    table = read_csv(name, data, RATE_COLUMNS[1:], optional=RATE_COLUMNS[:1])
    rows, kbps = table.rows, numbers(table.rows["bitrate_kbps"])
    table.check(
        Check(
            (rows["family"] == "").to_numpy(),
            lambda row: ("family is empty", "name what the point belongs to, such as an upscaler"),
        ),
        table.check_of_numbers("bitrate_kbps"),
        table.check_of_numbers("quality"),
        Check(
            kbps <= 0,
            lambda row: (f"bitrate_kbps is {rows['bitrate_kbps'][row]}", "give a bitrate above zero, in kb/s"),
        ),
    )
    src = rows["src"].replace("", None) if "src" in rows else None
    points = rows.assign(src=src, bitrate_kbps=kbps, quality=numbers(rows["quality"]))[list(RATE_COLUMNS)]
    points = points.astype({"src": object})
    _check_families(name, points)
    return points


def _check_families(name: str, points: pd.DataFrame) -> None:
    families = points["family"].unique()
    if len(families) < 2:
        what = f"holds one family, '{families[0]}'" if len(families) else "holds no points"
        raise InputError(name, what, "two families are needed: those to compare")
    if 0 < points["src"].isna().sum() < len(points):
        raise InputError(name, "src is empty in some lines", "name the clip in every line, or in none")

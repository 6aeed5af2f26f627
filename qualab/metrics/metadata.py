"""Reading what FFmpeg's metadata filter prints."""


def metadata_rows(text: str) -> list[dict[str, float]]:
    r"""Return one row a frame: of a `frame:` line the lines after it, `lavfi.<key>=<value>`, by the key's last part.

    Other keys are the clip's own.

    >>> metadata_rows("frame:0    pts:0       pts_time:0\nlavfi.siti.si=35.48\nlavfi.siti.ti=0.00\n")
    [{'si': 35.48, 'ti': 0.0}]
    """
    rows: list[dict[str, float]] = []
    for line in text.splitlines():
        if line.startswith("frame:"):
            rows.append({})
        elif rows and line.startswith("lavfi."):
            key, value = line.split("=", 1)
            rows[-1][key.rsplit(".", 1)[-1]] = float(value)
    return rows


def frame_rows(text: str, _: int) -> list[dict[str, float]]:
    """Return metadata_rows of a log that has every frame, as a diagnostic's graph reads it."""
    return metadata_rows(text)

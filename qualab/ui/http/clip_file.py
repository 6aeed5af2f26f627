"""A clip as bytes on the wire: ranges, and headers that say nothing but how long it is."""

import re
from collections.abc import Iterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_HEADERS = {
    "accept-ranges": "bytes",
    "cache-control": "private, no-store",
    "content-type": "video/mp4",
    "x-content-type-options": "nosniff",
}


def clip_answer(request: Request, path: Path) -> Response:
    """Return the clip, or the range of it that was asked for."""
    size = path.stat().st_size
    byte_range = None if "if-range" in request.headers else _byte_range(request.headers.get("range", ""), size)
    start, end = byte_range or (0, size)
    if not start < end:
        return Response(status_code=416, headers={**_HEADERS, "content-range": f"bytes */{size}"})
    headers = {**_HEADERS, "content-length": str(end - start)}
    if byte_range is not None:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    code = 200 if byte_range is None else 206
    if request.method == "HEAD":
        return Response(status_code=code, headers=headers)
    if end - start <= _CHUNK:
        return Response(b"".join(_read(path, start, end)), code, headers)
    return StreamingResponse(_read(path, start, end), code, headers)


def _byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the start and end of a range; None where none is asked for, or several: then all is the answer."""
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size


def _read(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < end:
            chunk = file.read(min(_CHUNK, end - start))
            if not chunk:
                raise OSError(f"{path.name} is shorter than it was")
            start += len(chunk)
            yield chunk

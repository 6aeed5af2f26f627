"""Requests that a browser sends from another site."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers


def is_cross_site(headers: Headers) -> bool:
    """Say whether a browser sent this request from another site; programs that send neither header may pass."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()

"""The few pages that are no Streamlit page: unknown links, full brakes, storage trouble."""

from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse

_TEMPLATE = (Path(__file__).parent / "notice.html").read_text(encoding="utf-8")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def unknown_link() -> HTMLResponse:
    """Return the one page for every link that opens nothing: unknown, foreign, garbled or closed."""
    return _page(
        404,
        "This link opens nothing",
        "It may be incomplete, meant for someone else, or its study may be closed.",
        "Open the link exactly as you received it, or ask the person who invited you for a new one.",
    )


def link_used_up() -> HTMLResponse:
    """Return the page for an open link that as many viewers joined by as it takes."""
    return _page(
        410, "All places are taken", "As many viewers as were asked for have opened this link.", "Thank you for coming."
    )


def held_back(*, retry_after_s: int) -> HTMLResponse:
    """Return the page for a client that tried too many wrong links."""
    page = _page(
        429, "Too many wrong links", "Several links from here opened nothing.", "Wait a minute, then open yours again."
    )
    page.headers["retry-after"] = str(retry_after_s)
    return page


def too_many_enrolments(per_hour: int, *, retry_after_s: int) -> HTMLResponse:
    """Return the page for an address from which very many viewers joined by an open link."""
    page = _page(
        429,
        "Too many viewers from one place",
        f"This server lets {per_hour} viewers an hour join from one address, and that many have.",
        "Open the link again later, or ask the person who invited you for a link of your own.",
    )
    page.headers["retry-after"] = str(retry_after_s)
    return page


def cannot_preview(reason: str) -> HTMLResponse:
    """Return the page for a study that there is nothing to preview of, for its researcher."""
    return _page(409, "There is nothing to preview", reason, "Go back to the console.")


def storage_trouble() -> HTMLResponse:
    """Return the page for a moment in which votes cannot be stored."""
    return _page(
        503,
        "Not ready to take votes",
        "The place where votes are kept cannot be reached just now. Nothing is lost.",
        "Try the same link again in a minute.",
    )


def _page(status: int, title: str, what: str, hint: str) -> HTMLResponse:
    body = _TEMPLATE
    for name, text in (("title", title), ("what", what), ("hint", hint)):
        body = body.replace("{{" + name + "}}", escape(text))
    return HTMLResponse(body, status, {"content-security-policy": _POLICY, "cache-control": "no-store"})

"""The routes beside Streamlit's own: links that open the app, the player's questions, uploads and exports."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from qualab import lab
from qualab.errors import InputError, QualabError, StorageError
from qualab.lab.previews import begin_preview
from qualab.study.workspace import Workspace
from qualab.ui.access import grant_console, grant_preview, grant_viewer, has_console, is_console_token, viewer_secret
from qualab.ui.http import clip_api, console_api, frame_api, voting_api
from qualab.ui.http.notices import (
    cannot_preview,
    held_back,
    link_used_up,
    storage_trouble,
    too_many_enrolments,
    unknown_link,
)
from qualab.ui.http.rate_limit import ENROLMENTS, WRONG_TOKENS, client_of
from qualab.ui.http.tickets import is_ticket
from qualab.voting.store.votes import LinkUsedUp

SCRIPT = Path(__file__).parent.parent.joinpath("pages.py").resolve()


def join(request: Request) -> Response:
    """Open a viewer's session from an invitation link; every link that opens nothing gets the same page."""
    client = client_of(request)
    if WRONG_TOKENS.holds(client):
        return held_back(retry_after_s=WRONG_TOKENS.retry_after_s(client))
    token, known = request.path_params["token"], viewer_secret(request.cookies)
    try:
        store = lab.store(Workspace.at())
        is_open = store.is_open_link(token)
        if is_open and ENROLMENTS.holds(client) and not store.began_by(known, token):
            return too_many_enrolments(ENROLMENTS.limit.amount, retry_after_s=ENROLMENTS.retry_after_s(client))
        secret = store.join(token, known=known)
    except StorageError:
        return storage_trouble()
    except LinkUsedUp:
        return link_used_up()
    except InputError:
        WRONG_TOKENS.count(client)
        return unknown_link()
    if is_open and secret != known:
        ENROLMENTS.count(client)
    response = _to("/")
    grant_viewer(request, response, secret)
    return response


def console(request: Request) -> Response:
    """Open the console from the link that the server printed."""
    client = client_of(request)
    if WRONG_TOKENS.holds(client):
        return held_back(retry_after_s=WRONG_TOKENS.retry_after_s(client))
    if not is_console_token(request.path_params["token"]):
        WRONG_TOKENS.count(client)
        return unknown_link()
    response = _to("/studies")
    grant_console(request, response)
    return response


def ticket(request: Request) -> Response:
    """Open the console for somebody who has just signed in; a ticket opens it once."""
    client = client_of(request)
    if WRONG_TOKENS.holds(client):
        return held_back(retry_after_s=WRONG_TOKENS.retry_after_s(client))
    if not is_ticket(request.path_params["ticket"]):
        WRONG_TOKENS.count(client)
        return unknown_link()
    response = _to("/studies")
    grant_console(request, response)
    return response


def preview(request: Request) -> Response:
    """Begin a session as a viewer would have it, for the researcher; its votes are thrown away."""
    if not has_console(request.cookies):
        return unknown_link()
    options = {name: request.query_params.get(name) or None for name in ("presentation", "method")}
    try:
        secret = begin_preview(Workspace.at(), request.path_params["study"], **options)
    except StorageError:
        return storage_trouble()
    except QualabError as error:
        return cannot_preview(str(error))
    response = _to("/")
    grant_preview(request, response, secret)
    return response


def _nothing(request: Request) -> Response:
    return unknown_link()


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, {"cache-control": "no-store"})


ROUTES = [
    Route("/join/{token}", join, methods=["GET"]),
    Route("/join/{rest:path}", _nothing, methods=["GET"]),
    Route("/console/{token}", console, methods=["GET"]),
    Route("/console/{rest:path}", _nothing, methods=["GET"]),
    Route("/api/trial", voting_api.trial, methods=["GET"]),
    Route("/api/step", voting_api.step, methods=["POST"]),
    Route("/api/vote", voting_api.vote, methods=["POST"]),
    Route("/api/conditions", voting_api.conditions, methods=["POST"]),
    Route("/clip/{media_token}", clip_api.clip, methods=["GET"]),
    Route("/console-ticket/{ticket}", ticket, methods=["GET"]),
    Route("/console-preview/{study}", preview, methods=["GET"]),
    Route("/api/upload", console_api.upload, methods=["POST"]),
    Route("/export/{study}/{name}", console_api.export, methods=["GET"]),
    Route("/console-frame/{study}/{src}/{number:int}", frame_api.frame, methods=["GET"]),
]

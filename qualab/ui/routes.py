"""The routes beside Streamlit's own: links that open the app, the player's questions, uploads and exports."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from qualab import lab
from qualab.errors import InputError, StorageError
from qualab.store.votes import LinkUsedUp
from qualab.ui import console_api, frame_api, voting_api
from qualab.ui.access import BRAKE, client_of, grant_console, grant_viewer, is_console_token, viewer_secret
from qualab.ui.notices import held_back, link_used_up, storage_trouble, unknown_link
from qualab.workspace import Workspace

SCRIPT = Path(__file__).with_name("script.py").resolve()


def join(request: Request) -> Response:
    """Open a viewer's session from an invitation link; every link that opens nothing gets the same page."""
    client = client_of(request)
    if BRAKE.holds(client):
        return held_back()
    try:
        secret = lab.store(Workspace.at()).join(request.path_params["token"], known=viewer_secret(request.cookies))
    except StorageError:
        return storage_trouble()
    except LinkUsedUp:
        return link_used_up()
    except InputError:
        BRAKE.wrong(client)
        return unknown_link()
    response = _to("/")
    grant_viewer(request, response, secret)
    return response


def console(request: Request) -> Response:
    """Open the console from the link that the server printed."""
    client = client_of(request)
    if BRAKE.holds(client):
        return held_back()
    if not is_console_token(request.path_params["token"]):
        BRAKE.wrong(client)
        return unknown_link()
    response = _to("/studies")
    grant_console(request, response)
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
    Route("/api/vote", voting_api.vote, methods=["POST"]),
    Route("/clip/{media_token}", voting_api.clip, methods=["GET"]),
    Route("/api/upload", console_api.upload, methods=["POST"]),
    Route("/export/{study}/{name}", console_api.export, methods=["GET"]),
    Route("/console-frame/{study}/{src}/{number:int}", frame_api.frame, methods=["GET"]),
]

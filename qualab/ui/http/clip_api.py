"""A viewer's media: one address a trial and picture, which opens for its own viewer alone while the study is open."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from qualab.errors import InputError, StorageError
from qualab.lab.previews import store_of
from qualab.study.workspace import Workspace
from qualab.ui.access import viewer_secret
from qualab.ui.http.clip_file import clip_answer
from qualab.ui.http.notices import unknown_link
from qualab.ui.http.serial import run_serialized
from qualab.ui.http.trial_response import media_file
from qualab.ui.http.voting_api import trouble
from qualab.voting.design.frozen import parse_design
from qualab.voting.store.votes import VoteStore


async def clip(request: Request) -> Response:
    """Stream the packed pair, or one picture of it, of one of this viewer's own trials."""
    return await run_serialized(lambda: _clip(request))


def _clip(request: Request) -> Response:
    secret = viewer_secret(request.cookies)
    try:
        path = _path(store_of(secret), secret, request.path_params["media_token"]) if secret else None
        if path is not None:
            return clip_answer(request, path)
    except StorageError:
        return trouble()
    except InputError:
        pass
    return unknown_link()


def _path(store: VoteStore, secret: str, token: str) -> Path | None:
    for bare, side in _readings(token):
        launch_and_trial = store.trial_of_media(secret, bare)
        name = (
            None
            if launch_and_trial is None
            else media_file(parse_design(launch_and_trial[0].design), launch_and_trial[1], side)
        )
        if launch_and_trial is not None and name is not None:
            folder = Workspace.at().folder(launch_and_trial[0].study_id).path
            path = folder / name
            return path if path.is_file() and path.resolve().is_relative_to(folder.resolve()) else None
    return None


def _readings(token: str) -> list[tuple[str, str]]:
    """Return how a token may be meant: as it is, and as one of two pictures (a token may itself end in -l)."""
    return [(token, ""), (token[:-2], token[-1])] if token.endswith(("-l", "-r")) else [(token, "")]

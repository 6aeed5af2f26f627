"""What the player asks for and sends: the current trial, its steps, a vote. No answer names an HRC or a SRC."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qualab.errors import InputError, StorageError
from qualab.lab.previews import is_preview, store_of
from qualab.study.terms import TRAINING
from qualab.ui.access import viewer_secret
from qualab.ui.http.requests import Ballot, Conditions, Shape, Step, answer, posted, refused
from qualab.ui.http.serial import run_serialized
from qualab.ui.http.trial_response import least_ms, offered
from qualab.voting.design import METHODS
from qualab.voting.design.answer_key import feedback
from qualab.voting.design.frozen import Design, parse_design
from qualab.voting.design.validity import broken_rule
from qualab.voting.store.votes import Receipt, StudyClosed, Trial, UnknownInvite, Viewer, VoteStore


async def trial(request: Request) -> Response:
    """Return the viewer's current trial; or that all are done, that consent is missing, or that it is closed."""
    secret = viewer_secret(request.cookies)
    return await run_serialized(lambda: _answered(lambda: _trial(secret)))


def _trial(secret: str) -> Response:
    store = store_of(secret)
    pending = store.pending_trial(secret) if secret else None
    if pending is None:
        raise UnknownInvite
    viewer, current, following = pending.viewer, pending.trial, pending.following
    design = parse_design(viewer.launch.design)
    if not viewer.is_open or viewer.withdrawn:
        return answer(200, closed=True)
    if design.must_consent and not viewer.consented and not viewer.simulated:
        return answer(200, welcome=True)
    if current is not None and not pending.is_issued:
        current = store.issue(secret)
        if current != pending.trial:
            # Another tab voted in between.
            following = store.following_trial(secret)
    if current is None:
        return answer(200, done=True, total=viewer.total, completion_code=design.completion_code)
    return answer(200, **offered(design, current, following, preview=is_preview(secret)))


def _viewer(store: VoteStore, secret: str) -> Viewer:
    """Return who asks; UnknownInvite for a secret that nobody was given."""
    viewer = store.viewer(secret) if secret else None
    if viewer is None:
        raise UnknownInvite
    return viewer


async def step(request: Request) -> Response:
    """Write down that the current trial is ready, or was played."""
    return await _taking(request, Step, _note_step)


def _note_step(secret: str, message: Step) -> Response:
    store_of(secret).step(secret, message.trial_id, message.attempt, message.step, message.detail, least_ms=_least_ms)
    return answer(200, status="noted")


def _least_ms(design: str, trial: Trial) -> int:
    return least_ms(parse_design(design), trial)


async def vote(request: Request) -> Response:
    """Store one vote and answer only when it is committed."""
    return await _taking(request, Ballot, _store_vote)


def _store_vote(secret: str, ballot: Ballot) -> Response:
    store = store_of(secret)
    design = parse_design(_viewer(store, secret).launch.design)
    wrong = _misfit(ballot, design)
    if wrong:
        return refused(422, f"Not a vote: {wrong!r} is not what this study asks.")
    receipt = store.vote(
        secret,
        ballot.trial_id,
        ballot,
        invalid=broken_rule(ballot.telemetry, design.rules),
        most_repeats=design.rules.most_repeats,
    )
    return answer(
        200,
        status=receipt.status,
        choice=receipt.choice_stored,
        position=receipt.position,
        remaining=receipt.remaining,
        why=receipt.why,
        feedback=_feedback(receipt),
    )


def _misfit(ballot: Ballot, design: Design) -> str:
    """Return the field of a ballot that the study's method does not know, or nothing."""
    if field := METHODS[design.method].misfit(ballot.choice, ballot.score):
        return field
    if set(ballot.reasons) - set(design.reasons):
        return "reasons"
    return "comment" if ballot.comment and not design.comments else ""


def _feedback(receipt: Receipt) -> str | None:
    shown = receipt.trial
    if shown.kind != TRAINING or receipt.choice_stored is None:
        return None
    return feedback(shown.kind, shown.left, receipt.choice_stored)


async def conditions(request: Request) -> Response:
    """Write down the screen and window of this visit."""
    return await _taking(request, Conditions, _note_conditions)


def _note_conditions(secret: str, message: Conditions) -> Response:
    store_of(secret).note_conditions(secret, message.model_dump())
    return answer(200, status="noted")


async def _taking(request: Request, shape: type[Shape], take: Callable[[str, Shape], Response]) -> Response:
    message = await posted(request, shape)
    if isinstance(message, JSONResponse):
        return message
    secret = viewer_secret(request.cookies)
    return await run_serialized(lambda: _answered(lambda: take(secret, message)))


def _answered(work: Callable[[], Response]) -> Response:
    """Run `work`; what it refuses becomes an answer that never names what is compared."""
    try:
        return work()
    except StorageError:
        return trouble()
    except UnknownInvite:
        return answer(401, status="unknown", message="Open your invitation link again.")
    except StudyClosed:
        return answer(409, status="closed", message="The study was closed before this answer arrived.")
    except InputError as error:
        # Only the store's words about the request itself.
        return refused(409, str(error))


def trouble() -> JSONResponse:
    """Return the answer for a moment in which nothing can be stored."""
    return answer(503, status="error", message="Votes cannot be stored just now; trying again.")

"""The voting design as it is frozen at launch: what is asked, how it is shown, which files are compared."""

from collections.abc import Mapping
from typing import Any

from qualab.config import Study
from qualab.errors import InputError
from qualab.protocol import METHODS, PRESENTATIONS
from qualab.terms import nearest
from qualab.trials.design import Pair

_SHOWN = ("file", "sha256", "top", "width", "height", "fps", "frames")


def frozen_design(
    study: Study, manifest: Mapping[str, Any], *, presentation: str | None = None, method: str | None = None
) -> dict[str, Any]:
    """Return the design of a study from what its build made (build.json); the same build gives the same design.

    Raises:
        InputError: the study is not voted on, nothing is built to vote on, or an unknown method or presentation.
    """
    presentation = _known("presentation", presentation or study.voting.presentation, PRESENTATIONS)
    method = _known("method", method or study.voting.method, METHODS)
    if not study.voting.enabled:
        mend = f"set enabled = true under [voting] in its study.toml, then: qualab build {study.id}"
        raise InputError(f"study '{study.id}'", "is not voted on: voting.enabled is false", mend)
    titles = {src.id: src.title for src in study.src}
    wanted = set(study.pairs())
    pairs = [
        {"src": made["src"], "src_title": titles[made["src"]], "hrc_a": made["hrc_a"], "hrc_b": made["hrc_b"]}
        | {name: made[name] for name in _SHOWN}
        for made in manifest.get("objects", [])
        if made["kind"] == "pair" and made["src"] in titles and (made["hrc_a"], made["hrc_b"]) in wanted
    ]
    if not pairs:
        raise InputError(f"study '{study.id}'", "has no pairs to vote on", f"build it first: qualab build {study.id}")
    pairs.sort(key=lambda pair: (pair["src"], pair["hrc_a"], pair["hrc_b"]))
    return {
        "study": study.id,
        "seed": study.seed,
        "question": study.voting.question,
        "method": method,
        "presentation": presentation,
        "pairs": pairs,
    }


def compared(design: Mapping[str, Any]) -> list[Pair]:
    """Return the (src, hrc_a, hrc_b) of a frozen design."""
    return [(pair["src"], pair["hrc_a"], pair["hrc_b"]) for pair in design["pairs"]]


def _known(what: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise InputError(what, f"is '{value[:80]}'", nearest(value, known))
    return value


def extend(design: Mapping[str, Any], *, presentation: str | None = None, method: str | None = None) -> dict[str, Any]:
    """Return a design that is frozen already, for more viewers.

    Raises:
        InputError: another presentation or method is asked for than the frozen one.
    """
    for what, asked in (("presentation", presentation), ("method", method)):
        if asked is not None and asked != design[what]:
            mend = f"close it first (qualab close {design['study']}), then launch again"
            raise InputError(
                f"study '{design['study']}'", f"is launched with {what} '{design[what]}', not '{asked}'", mend
            )
    return dict(design)

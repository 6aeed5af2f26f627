"""The voting design as it is frozen at launch: what is asked, how it is shown, which files are compared."""

from collections.abc import Collection, Mapping
from typing import Any

from qualab.errors import InputError
from qualab.study.config import Study
from qualab.study.families import METHODS
from qualab.study.ids import nearest
from qualab.study.manifest import Manifest, Record
from qualab.study.presentations import PRESENTATIONS
from qualab.study.protocol import Checks, Screening, Stopping, Voting
from qualab.study.terms import GOLD, IDENTICAL, TEST, TRAP
from qualab.voting.design.incomplete_blocks import chosen_pairs

_SHOWN = ("file", "sha256", "top", "width", "height", "fps", "frames")
# What of the settings decides about packing and inviting is not part of the design.
_APART = {"enabled", "method", "presentation", "viewers", "packing", "match_brightness"}
_ROLES = (TEST, GOLD, IDENTICAL, TRAP)


def frozen_design(
    study: Study, manifest: Manifest, presentation: str | None = None, method: str | None = None
) -> dict[str, Any]:
    """Return the design of a study from what its build made (build.json); the same build gives the same design.

    Raises:
        InputError: the study is not voted on, nothing is built to vote on, a check has no pairs, or an unknown method
            or presentation.
    """
    presentation = _known("presentation", presentation or study.voting.presentation, PRESENTATIONS)
    method = _known("method", method or study.voting.method, METHODS)
    if not study.voting.enabled:
        hint = f"set enabled = true under [voting] in its study.toml, then: qualab build {study.id}"
        raise InputError(f"study '{study.id}'", "is not voted on: voting.enabled is false", hint)
    pairs = _pairs(study, list(manifest.of_kind("pair")))
    asked = study.voting.model_dump(mode="json", exclude=_APART)
    return {
        "study": study.id,
        "seed": study.seed,
        "method": method,
        "presentation": presentation,
        **asked,
        "pairs": pairs,
    }


def pairs_of(design: Mapping[str, Any], role: str) -> list[Mapping[str, Any]]:
    """Return the pairs of a frozen design that have this role; those of older designs are all test pairs."""
    return [pair for pair in design["pairs"] if pair.get("role", TEST) == role]


def compared_hrcs(design: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the pairs of HRCs that the study compares, whatever the clip, in the design's order."""
    return list(dict.fromkeys((pair["hrc_a"], pair["hrc_b"]) for pair in pairs_of(design, TEST)))


def asked_checks(design: Mapping[str, Any]) -> Checks:
    """Return the checks of a frozen design; older ones have none."""
    return Checks(**design.get("checks", {}))


def frozen_screening(design: Mapping[str, Any]) -> Screening:
    """Return the screening rules of a frozen design; older ones froze none, so they leave nobody out."""
    return Screening(**design["screening"]) if "screening" in design else Screening(enabled=False)


def frozen_stopping(design: Mapping[str, Any]) -> Stopping:
    """Return the stopping rule of a frozen design; older ones have none."""
    return Stopping(**design.get("stopping", {}))


def extend(design: Mapping[str, Any], *, presentation: str | None = None, method: str | None = None) -> dict[str, Any]:
    """Return a design that is frozen already, for more viewers.

    Raises:
        InputError: another presentation or method is asked for than the frozen one.
    """
    for what, asked in (("presentation", presentation), ("method", method)):
        if asked is not None and asked != design[what]:
            hint = f"close it first (qualab close {design['study']}), then launch again"
            raise InputError(
                f"study '{design['study']}'", f"is launched with {what} '{design[what]}', not '{asked}'", hint
            )
    return dict(design)


def _pairs(study: Study, built: list[Record]) -> list[dict[str, Any]]:
    """Return the pairs of the study as it is now, those of the study first, each role in order of its ids."""
    titles, hrcs = {src.id: src.title for src in study.src}, set(study.hrc_ids)
    by_role: dict[str, list[Record]] = {role: [] for role in _ROLES}
    for pair in built:
        if pair.role == TRAP or (pair.src in titles and pair.hrc_b in hrcs):
            by_role[pair.role].append(pair)
    by_role[TEST] = _compared(study, by_role[TEST])
    if not by_role[TEST]:
        raise InputError(f"study '{study.id}'", "has no pairs to vote on", f"build it first: qualab build {study.id}")
    checks = study.voting.checks
    wanted = {TEST: 1, GOLD: checks.gold + checks.training, IDENTICAL: checks.identical, TRAP: checks.traps}
    missing = next((role for role, number in wanted.items() if number and not by_role[role]), None)
    if missing is not None:
        what = f"asks for {missing} pairs and none are built"
        raise InputError(f"study '{study.id}'", what, f"build again: qualab build {study.id}")
    kept = [pair for role, number in wanted.items() if number for pair in by_role[role]]
    kept.sort(key=lambda pair: (_ROLES.index(pair.role), pair.src, pair.hrc_a, pair.hrc_b))
    return [_shown(pair, titles.get(pair.src, "")) for pair in kept]


def _compared(study: Study, built: list[Record]) -> list[Record]:
    """Return the built pairs that the study compares: those it names, or a balanced incomplete set for each clip."""
    wanted = set(study.pairs())
    compared = [pair for pair in built if (pair.hrc_a, pair.hrc_b) in wanted]
    if study.voting.compare != "balanced":
        return compared
    chosen = chosen_pairs([src.id for src in study.src], study.hrc_ids, seed=study.seed)
    kept = []
    for src in study.src:
        of_clip = [pair for pair in compared if pair.src == src.id]
        names = {(pair.hrc_a, pair.hrc_b) for pair in of_clip}
        # With a pair missing the rest of the set would fall apart: then all that were built are compared.
        kept += [pair for pair in of_clip if (pair.hrc_a, pair.hrc_b) in chosen[src.id] or not chosen[src.id] <= names]
    return kept


def _shown(pair: Record, title: str) -> dict[str, Any]:
    named = {"src": pair.src, "src_title": title, "role": pair.role, "hrc_a": pair.hrc_a, "hrc_b": pair.hrc_b}
    more = {"files": list(pair.all_files), "packing": pair.packing}
    return named | {name: getattr(pair, name) for name in _SHOWN} | more


def _known(what: str, value: str, known: Collection[str]) -> str:
    if value not in known:
        raise InputError(what, f"is '{value[:80]}'", nearest(value, known))
    return value


# Designs frozen by earlier versions lack what came later: then it is as if nobody had set it.
_DEFAULTS = Voting().model_dump(mode="json")


Design = Mapping[str, Any]


def setting(design: Design, name: str) -> Any:
    """Return what a frozen design says about `name`, or the default of a study.toml."""
    return design.get(name, _DEFAULTS[name])

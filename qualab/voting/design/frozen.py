"""The voting design as it is frozen at launch: what is asked, how it is shown, which files are compared."""

from collections.abc import Collection
from functools import cached_property, lru_cache

from pydantic import JsonValue

from qualab.errors import InputError
from qualab.study.config import Study
from qualab.study.families import METHODS
from qualab.study.ids import nearest
from qualab.study.manifest import Manifest, Record, Stored
from qualab.study.presentations import PRESENTATIONS
from qualab.study.protocol import Checks, Rules, Screening, Stopping, Voting
from qualab.study.terms import GOLD, IDENTICAL, TEST, TRAP
from qualab.voting.design.incomplete_blocks import chosen_pairs

_SHOWN = ("src", "hrc_a", "hrc_b", "role", "packing", "file", "sha256", "top", "width", "height", "fps", "frames")
# What of the settings decides about packing and inviting is not part of the design.
_APART = {"enabled", "method", "presentation", "viewers", "packing", "match_brightness"}
_ROLES = (TEST, GOLD, IDENTICAL, TRAP)
_UNSET = Voting()


class DesignPair(Stored):
    """Two HRCs of one clip as viewers see them, hrc_a and hrc_b; `top` says which is in the upper half, or first file.

    `files` are inside the study folder: the packed one, or that of `top` and that of the other.
    """

    src: str
    hrc_a: str
    hrc_b: str
    src_title: str = ""
    role: str = TEST
    file: str = ""
    files: tuple[str, ...] = ()
    packing: str = "packed"
    sha256: str = ""
    top: str = "a"
    width: int = 0
    height: int = 0
    fps: str = "25/1"
    frames: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """The clip and both HRCs, which no other pair of a design has."""
        return self.src, self.hrc_a, self.hrc_b

    @property
    def all_files(self) -> tuple[str, ...]:
        """The files of the pair; older designs name one."""
        return self.files or (self.file,)

    @property
    def is_packed(self) -> bool:
        """Whether both pictures are in one video."""
        return self.packing == "packed"


class Design(Stored):
    """A voting design as launches store it. Settings mean what they do in study.protocol.Voting.

    Designs of earlier versions lack what came later: then it is as if nobody had set it, and no viewer is left out.
    """

    study: str = ""
    seed: int = 0
    method: str = _UNSET.method
    presentation: str = _UNSET.presentation
    question: str = _UNSET.question
    language: str = _UNSET.language
    compare: str = _UNSET.compare
    max_trials: int = _UNSET.max_trials
    votes_per_pair: int = _UNSET.votes_per_pair
    break_every: int = _UNSET.break_every
    planned_share: float = _UNSET.planned_share
    reasons: tuple[str, ...] = ()
    comments: bool = False
    consent: str = ""
    questionnaire: tuple[str, ...] = ()
    completion_code: str = ""
    rules: Rules = _UNSET.rules
    checks: Checks = _UNSET.checks
    screening: Screening = Screening(enabled=False)
    stopping: Stopping = _UNSET.stopping
    pairs: tuple[DesignPair, ...] = ()

    def pairs_of(self, role: str) -> list[DesignPair]:
        """Return the pairs that have this role."""
        return [pair for pair in self.pairs if pair.role == role]

    def pair(self, src: str, hrc_a: str, hrc_b: str) -> DesignPair:
        """Return the pair of these HRCs of a clip; KeyError where the design has none."""
        return self._by_key[src, hrc_a, hrc_b]

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, str], DesignPair]:
        return {pair.key: pair for pair in self.pairs}

    def compared_hrcs(self) -> list[tuple[str, str]]:
        """Return the pairs of HRCs that the study compares, whatever the clip, in the design's order."""
        return list(dict.fromkeys((pair.hrc_a, pair.hrc_b) for pair in self.pairs_of(TEST)))

    @property
    def must_consent(self) -> bool:
        """Whether viewers agree to something, or say something of themselves, before they begin."""
        return bool(self.consent or self.questionnaire)


@lru_cache(maxsize=32)
def parse_design(text: str) -> Design:
    """Return a stored design, parsed once: every request of every viewer asks for it."""
    return Design.model_validate_json(text)


def frozen_design(
    study: Study, manifest: Manifest, presentation: str | None = None, method: str | None = None
) -> Design:
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
    settings = study.voting.model_dump(exclude=_APART)
    named = {"study": study.id, "seed": study.seed, "method": method, "presentation": presentation}
    return Design.model_validate({**named, **settings, "pairs": pairs})


def refuse_other(design: Design, *, presentation: str | None = None, method: str | None = None) -> None:
    """Raise InputError where more viewers of a frozen design are to get another presentation or method."""
    wanted = (("presentation", presentation, design.presentation), ("method", method, design.method))
    for what, other, frozen in wanted:
        if other not in (None, frozen):
            hint = f"close it first (qualab close {design.study}), then launch again"
            raise InputError(f"study '{design.study}'", f"is launched with {what} '{frozen}', not '{other}'", hint)


def _pairs(study: Study, built: list[Record]) -> list[dict[str, JsonValue]]:
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


def _shown(pair: Record, title: str) -> dict[str, JsonValue]:
    kept = {name: getattr(pair, name) for name in _SHOWN}
    return {**kept, "src_title": title, "files": list(pair.all_files)}


def _known(what: str, value: str, known: Collection[str]) -> str:
    if value not in known:
        raise InputError(what, f"is '{value[:80]}'", nearest(value, known))
    return value

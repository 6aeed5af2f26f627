"""A trial as a viewer's browser gets it. Nothing here names an HRC or a SRC, nor says on which side one is."""

from dataclasses import asdict
from fractions import Fraction

from qualab.study.presentations import PRESENTATIONS
from qualab.study.terms import TRAINING
from qualab.voting.design import METHODS
from qualab.voting.design.frozen import Design, DesignPair
from qualab.voting.store.votes import Trial

# A browser's clock and ours differ a little, and the word "ready" may have been long on its way.
_PLAYED_SHARE = 0.8


def offered(design: Design, trial: Trial, following: Trial | None, *, preview: bool) -> dict[str, object]:
    """Return the answer of /api/trial: what to load, how to show it, what to ask."""
    pair = pair_of(design, trial)
    packed, pause = pair.is_packed, design.break_every
    return {
        "trial_id": trial.id,
        "attempt": trial.attempt,
        "position": trial.position,
        "total": trial.total,
        "training": trial.kind == TRAINING,
        "packing": "packed" if packed else "two",
        "clips": clips(pair, trial),
        **({"left_half": "top" if trial.left == pair.top else "bottom"} if packed else {}),
        "width": pair.width,
        "height": pair.height,
        "fps": pair.fps,
        "frames": pair.frames,
        "question": design.question,
        "presentation": design.presentation,
        "method": design.method,
        "answers": [asdict(answer) for answer in METHODS[design.method].answers],
        "reasons": list(design.reasons),
        "comments": design.comments,
        "rules": {"min_width": design.rules.min_width, "min_height": design.rules.min_height},
        "rest": bool(pause) and trial.position > 1 and trial.attempt == 1 and (trial.position - 1) % pause == 0,
        "again": trial.again,
        "next": None if following is None else {"clips": clips(pair_of(design, following), following)},
        "preview": preview,
    }


def clips(pair: DesignPair, trial: Trial) -> list[str]:
    """Return the addresses of a trial's media: of the packed pair, or of what is left and what is right."""
    path = f"/clip/{trial.media_token}"
    return [path] if pair.is_packed else [f"{path}-l", f"{path}-r"]


def media_file(design: Design, trial: Trial, side: str) -> str | None:
    """Return the file behind a clip's address; `side` is empty for a packed pair, else `l` or `r`."""
    pair = pair_of(design, trial)
    files = pair.all_files
    if pair.is_packed:
        return None if side else files[0]
    if side not in ("l", "r") or len(files) != 2:
        return None
    # The first file is that of `top`.
    return files[0] if (side == "l") == (trial.left == pair.top) else files[1]


def least_ms(design: Design, trial: Trial) -> int:
    """Return the shortest time in which a trial can have been played: one after the other takes twice the clip."""
    pair = pair_of(design, trial)
    length_ms = 1000 * pair.frames / float(Fraction(pair.fps))
    factor = PRESENTATIONS[design.presentation].duration_factor
    return int(_PLAYED_SHARE * factor * length_ms)


def pair_of(design: Design, trial: Trial) -> DesignPair:
    """Return what the frozen design says about this trial's pair."""
    return design.pair(trial.src, trial.hrc_a, trial.hrc_b)

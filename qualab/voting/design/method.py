"""What a viewer is asked about one pair."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Choice = Literal["left", "right", "tie"]


@dataclass(frozen=True)
class Answer:
    """What a viewer may choose: a button with the text `label`, and the keys that press it."""

    choice: Choice
    key: str
    label: str
    score: int | None = None
    aliases: tuple[str, ...] = ()

    @property
    def does(self) -> str:
        """Return what its key does: the text `does.<this>` says it."""
        return self.choice if self.score is None else "scale"


LEFT = Answer("left", "ArrowLeft", "answer.left", aliases=("a", "1"))
RIGHT = Answer("right", "ArrowRight", "answer.right", aliases=("b", "2"))
TIE = Answer("tie", "ArrowDown", "answer.tie")


def scale_answers(method: str, scores: Iterable[int]) -> tuple[Answer, ...]:
    """Return the steps of a scale, below 0 for the left picture; their texts are `scale.<method>.<score>`."""
    return tuple(
        Answer("left" if score < 0 else "right" if score else "tie", str(key), f"scale.{method}.{score}", score)
        for key, score in enumerate(scores, 1)
    )


@dataclass(frozen=True)
class Method:
    """A way of asking. With a scale every answer has a score, of which the choice is the sign.

    `texts` are what viewers read, by language: `ask.<id>`, `keys.<id>`, and the labels of answers of its own.
    """

    id: str
    title: str
    reference: str
    answers: tuple[Answer, ...]
    texts: Mapping[str, Mapping[str, str]]

    @property
    def choices(self) -> set[Choice]:
        """Return which choices viewers have."""
        return {answer.choice for answer in self.answers}

    @property
    def scores(self) -> set[int]:
        """Return the scores of the scale; empty for a method without one."""
        return {answer.score for answer in self.answers if answer.score is not None}

    def misfit(self, choice: str, score: int | None) -> str:
        """Return which of the two is not what this method asks, "choice" or "score", or nothing."""
        if choice not in self.choices:
            return "choice"
        return "" if (choice, score) in {(answer.choice, answer.score) for answer in self.answers} else "score"

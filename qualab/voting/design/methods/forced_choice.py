"""One of the two must be preferred."""

from qualab.voting.design.method import Method

METHOD = Method(
    id="forced-choice",
    title="Forced choice: one of the two must be preferred",
    reference="pair comparison (PC), ITU-T P.910",
    answers=("left", "right"),
)

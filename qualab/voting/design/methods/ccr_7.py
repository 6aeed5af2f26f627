"""How much better, in seven steps."""

from qualab.voting.design.method import Method

METHOD = Method(
    id="ccr-7",
    title="Comparison scale of seven steps: from much worse to much better",
    reference="comparison category rating (CCR), ITU-T P.910; ITU-R BT.500",
    answers=("left", "right", "tie"),
    scale=(-3, -2, -1, 0, 1, 2, 3),
)

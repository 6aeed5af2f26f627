"""How much better, in seven steps."""

from qualab.voting.design.method import Method, scale_answers

METHOD = Method(
    id="ccr-7",
    title="Comparison scale of seven steps: from much worse to much better",
    reference="comparison category rating (CCR), ITU-T P.910; ITU-R BT.500",
    answers=scale_answers("ccr-7", range(-3, 4)),
    texts={
        "en": {
            "ask.ccr-7": "Say also how much better it looks, in seven steps.",
            "keys.ccr-7": "Answer with 1 to 7.",
            "scale.ccr-7.-3": "A is much better",
            "scale.ccr-7.-2": "A is better",
            "scale.ccr-7.-1": "A is slightly better",
            "scale.ccr-7.0": "About the same",
            "scale.ccr-7.1": "B is slightly better",
            "scale.ccr-7.2": "B is better",
            "scale.ccr-7.3": "B is much better",
        },
        "de": {
            "ask.ccr-7": "Sagen Sie auch, wie viel besser es aussieht, in sieben Stufen.",
            "keys.ccr-7": "Antworten Sie mit 1 bis 7.",
            "scale.ccr-7.-3": "A ist viel besser",
            "scale.ccr-7.-2": "A ist besser",
            "scale.ccr-7.-1": "A ist etwas besser",
            "scale.ccr-7.0": "Etwa gleich",
            "scale.ccr-7.1": "B ist etwas besser",
            "scale.ccr-7.2": "B ist besser",
            "scale.ccr-7.3": "B ist viel besser",
        },
    },
)

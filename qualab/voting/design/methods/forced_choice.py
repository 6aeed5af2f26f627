"""One of the two must be preferred."""

from qualab.voting.design.method import LEFT, RIGHT, Method

METHOD = Method(
    id="forced-choice",
    title="Forced choice: one of the two must be preferred",
    reference="pair comparison (PC), ITU-T P.910",
    answers=(LEFT, RIGHT),
    texts={
        "en": {
            "ask.forced-choice": "If they look alike to you, choose the one you would rather watch.",
            "keys.forced-choice": "Answer with ← or →.",
        },
        "de": {
            "ask.forced-choice": "Wenn beide gleich aussehen, wählen Sie das, das Sie lieber ansehen würden.",
            "keys.forced-choice": "Antworten Sie mit ← oder →.",
        },
    },
)

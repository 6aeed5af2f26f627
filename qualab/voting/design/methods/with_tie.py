"""One of the two, or neither."""

from qualab.voting.design.method import LEFT, RIGHT, TIE, Method

METHOD = Method(
    id="with-tie",
    title="Choice with “no preference”: left, right or neither",
    reference="pair comparison with ties; Davidson (1970), doi:10.1080/01621459.1970.10481082",
    answers=(LEFT, TIE, RIGHT),
    texts={
        "en": {
            "ask.with-tie": "If you would as soon watch either, answer “No preference”.",
            "keys.with-tie": "Answer with ←, ↓ or →.",
        },
        "de": {
            "ask.with-tie": "Wenn Sie beide gleich gern ansehen würden, antworten Sie „Kein Unterschied“.",
            "keys.with-tie": "Antworten Sie mit ←, ↓ oder →.",
        },
    },
)

"""One of the two, or neither."""

from qualab.voting.design.method import Method

METHOD = Method(
    id="with-tie",
    title="Choice with “no preference”: left, right or neither",
    reference="pair comparison with ties; Davidson (1970), doi:10.1080/01621459.1970.10481082",
    answers=("left", "right", "tie"),
)

"""Analyses of votes: a table in, a Result out."""

from qualab.stats.pairwise.position import position
from qualab.stats.pairwise.preference import binomial, sign, sign_flip
from qualab.stats.pairwise.sequential import e_value
from qualab.stats.pairwise.two_way import gee, pigeonhole, two_way
from qualab.stats.scaling.bradley_terry import bradley_terry
from qualab.stats.scaling.davidson import davidson
from qualab.stats.screening.rules import screening

ANALYSES = {
    "binomial": binomial,
    "sign": sign,
    "sign_flip": sign_flip,
    "two_way": two_way,
    "pigeonhole": pigeonhole,
    "gee": gee,
    "position": position,
    "e_value": e_value,
    "bradley_terry": bradley_terry,
    "davidson": davidson,
    "screening": screening,
}
"""What `(votes, *, alpha) -> Result` there is, by the id that `qualab analyze --json` prints."""

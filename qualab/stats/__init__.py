"""Analyses of votes: a table in, a Result out."""

from qualab.stats.crossed import gee, pigeonhole, two_way
from qualab.stats.davidson import davidson
from qualab.stats.position import position
from qualab.stats.preference import binomial, sign, sign_flip
from qualab.stats.scaling import bradley_terry
from qualab.stats.screening import screening
from qualab.stats.sequential import e_value

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

"""Analyses of votes: a table in, a Result out."""

from qualab.stats.analysis import Analysis, Role
from qualab.stats.objective.agreement import agreement
from qualab.stats.pairwise.position import position
from qualab.stats.pairwise.preference import binomial, sign, sign_flip
from qualab.stats.pairwise.sequential import e_value
from qualab.stats.pairwise.two_way import gee, pigeonhole, two_way
from qualab.stats.scaling.bradley_terry import bradley_terry
from qualab.stats.scaling.davidson import davidson
from qualab.stats.screening.rules import screening

ANALYSES = {
    row.id: row
    for row in (
        Analysis(
            "sign_flip",
            "Sign-flip test by viewer",
            Role.HEADLINE,
            "The claim: exact, by flipping whole viewers.",
            sign_flip,
        ),
        Analysis(
            "two_way",
            "Two-way clustered t",
            Role.GENERAL,
            "Clips as a sample, too: cluster-robust by viewer and by clip.",
            two_way,
        ),
        Analysis(
            "pigeonhole",
            "Pigeonhole bootstrap",
            Role.SENSITIVITY,
            "Viewers and clips drawn anew, with replacement.",
            pigeonhole,
        ),
        Analysis(
            "gee",
            "GEE by viewer",
            Role.SENSITIVITY,
            "Viewers as clusters, by generalised estimating equations.",
            gee,
        ),
        Analysis("position", "Sides", Role.ORDER_EFFECT, "How many of the decided votes chose the left one.", position),
        Analysis(
            "e_value",
            "E-value by viewer",
            Role.WATCHING,
            "Holds however often one looked; the price is a wider interval.",
            e_value,
        ),
        Analysis("binomial", "Exact binomial test", Role.PER_CLIP, "One vote a viewer on one clip: exact.", binomial),
        Analysis("sign", "Exact sign test", Role.PER_CLIP, "The same, of the votes that are no ties.", sign, True),
        Analysis(
            "bradley_terry",
            "Bradley-Terry",
            Role.SCALE,
            "The log odds of one against another are the difference of their scores.",
            bradley_terry,
        ),
        Analysis(
            "davidson", "Davidson, with ties", Role.SCALE, "Ties tell how close two stand.", davidson, needs_ties=True
        ),
        Analysis(
            "screening",
            "Without those left out",
            Role.SCREENING,
            "The same as the claim, with and without the viewers whom screening leaves out.",
            screening,
        ),
        Analysis(
            "agreement",
            "Agreement",
            Role.AGREEMENT,
            "How well a metric's differences go with the votes, over clips.",
            agreement,
        ),
    )
}
"""What `qualab analyze` computes, by id, in the order in which the results of a pair are listed."""

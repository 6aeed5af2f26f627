"""The analyses by what they are for."""

from qualab.stats import ANALYSES
from qualab.stats.analysis import Analysis, Role
from qualab.stats.result import Result

# What is said of a pair over all clips: the two claims, other ways to ask the same, what holds at any moment.
OF_A_PAIR = (Role.HEADLINE, Role.GENERAL, Role.SENSITIVITY, Role.WATCHING)


def of_role(*roles: Role) -> list[Analysis]:
    """Return the analyses of the roles, role by role, each in the table's order.

    >>> [analysis.id for analysis in of_role(Role.SCALE, Role.HEADLINE)]
    ['bradley_terry', 'davidson', 'sign_flip']
    """
    return [analysis for role in roles for analysis in ANALYSES.values() if analysis.role is role]


def role_of(result: Result) -> Role | None:
    """Return the role of the analysis that gave a result, None where the table does not know it."""
    analysis = ANALYSES.get(result.analysis)
    return analysis.role if analysis else None


def title_of(result: Result) -> str:
    """Return the title of the analysis that gave a result."""
    analysis = ANALYSES.get(result.analysis)
    return analysis.title if analysis else result.analysis

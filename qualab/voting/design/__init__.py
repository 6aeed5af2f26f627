"""What viewers are asked and how it is shown; designs of trial lists and simulated viewers."""

from qualab.study import families
from qualab.voting.design.method import Method

METHODS = {name: families.resolve(reference, Method) for name, reference in families.METHODS.items()}

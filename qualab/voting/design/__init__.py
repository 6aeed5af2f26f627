"""What viewers are asked and how it is shown; designs of trial lists and simulated viewers."""

from qualab.study import families
from qualab.voting.design.method import Method
from qualab.voting.design.presentations import SEQUENTIAL, SIDE_BY_SIDE, TOGGLE, WIPE

METHODS = {name: families.resolve(reference, Method) for name, reference in families.METHODS.items()}
PRESENTATIONS = {presentation.id: presentation for presentation in (SIDE_BY_SIDE, TOGGLE, WIPE, SEQUENTIAL)}

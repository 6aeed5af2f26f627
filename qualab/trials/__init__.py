"""What viewers are asked and how it is shown; designs of trial lists and simulated viewers."""

from qualab.trials.methods import FORCED_CHOICE
from qualab.trials.presentations import SIDE_BY_SIDE, TOGGLE

METHODS = {method.id: method for method in (FORCED_CHOICE,)}
PRESENTATIONS = {presentation.id: presentation for presentation in (SIDE_BY_SIDE, TOGGLE)}

"""What viewers are asked and how it is shown; designs of trial lists and simulated viewers."""

from qualab.voting.design.methods import CCR_7, FORCED_CHOICE, WITH_TIE
from qualab.voting.design.presentations import SEQUENTIAL, SIDE_BY_SIDE, TOGGLE, WIPE

METHODS = {method.id: method for method in (FORCED_CHOICE, WITH_TIE, CCR_7)}
PRESENTATIONS = {presentation.id: presentation for presentation in (SIDE_BY_SIDE, TOGGLE, WIPE, SEQUENTIAL)}

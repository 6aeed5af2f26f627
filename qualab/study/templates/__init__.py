"""Studies to start from, by the name that `qualab study create --template` takes."""

from collections.abc import Mapping

from qualab.study.templates.ladder import LADDER
from qualab.study.templates.pair import PAIR
from qualab.study.templates.per_title import PER_TITLE
from qualab.study.templates.template import Template

TEMPLATES: Mapping[str, Template] = {
    "pair": PAIR,
    "ladder": LADDER,
    "per-title": PER_TITLE,
}

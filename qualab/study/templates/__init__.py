"""Studies to start from, by the name that `qualab study create --template` takes."""

from collections.abc import Mapping

from qualab.study.families import resolve
from qualab.study.templates.template import Template

_ROWS = {
    "pair": "qualab.study.templates.pair:PAIR",
    "ladder": "qualab.study.templates.ladder:LADDER",
    "per-title": "qualab.study.templates.per_title:PER_TITLE",
}
TEMPLATES: Mapping[str, Template] = {name: resolve(reference, Template) for name, reference in _ROWS.items()}

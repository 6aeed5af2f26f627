"""Upscalers against each other on clips as they are."""

from qualab.study.templates.template import Template

PAIR = Template(
    "Upscalers against each other, judged by viewers: each clip as it is, no coding in between.",
    votes=True,
)

"""The full-reference metrics, and the diagnostics of one clip alone: name -> how it is measured."""

from collections.abc import Mapping

from qualab.metrics.diagnostic import Diagnostic
from qualab.metrics.metric import Metric
from qualab.study import families
from qualab.study.families import resolve

METRICS: Mapping[str, Metric] = {name: resolve(row.measured_by, Metric) for name, row in families.METRICS.items()}
DIAGNOSTICS: Mapping[str, Diagnostic] = {
    name: resolve(row.measured_by, Diagnostic) for name, row in families.DIAGNOSTICS.items()
}

"""The mean absolute difference of FFmpeg's filter, the three planes weighted equally."""

from qualab.metrics.metadata import metadata_rows
from qualab.metrics.metric import PAIRED, Measurement, Metric, Request


def _filters(request: Request) -> str:
    return f"msad={PAIRED},metadata=mode=print:file='{request.log}'"


MSAD = Metric(Measurement("msad", "msad", _filters, metadata_rows), lambda row, _: row["msad_avg"])

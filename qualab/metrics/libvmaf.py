"""libvmaf as a measurement: all models and features that can be together share a run."""

import json
from collections.abc import Iterable

from qualab.metrics.metric import PAIRED, Measurement, Request


def _filters(request: Request) -> str:
    # An empty model keeps libvmaf from computing its default one.
    options = f"model={_listed(request.models)}"
    if request.features:
        options += f":feature={_listed(request.features)}"
    return f"libvmaf='{options}:log_path={request.log}:log_fmt=json:n_threads={request.threads}:{PAIRED}'"


def _listed(values: Iterable[str]) -> str:
    return "|".join(value.replace(":", r"\:") for value in dict.fromkeys(values))


def _rows(text: str) -> list[dict[str, float]]:
    return [frame["metrics"] for frame in json.loads(text)["frames"]]


LIBVMAF = Measurement("libvmaf", "", _filters, _rows)
LIBVMAF_10_BIT = Measurement("libvmaf_10_bit", "", _filters, _rows, bits=10)
# libvmaf computes a feature once, with the options of whoever asks first: a model's VIF would hide this one.
LIBVMAF_VIF = Measurement("libvmaf_vif", "", _filters, _rows)

"""The VMAF models: each is a metric of its own, and two of them never stand on one axis."""

from qualab.metrics.libvmaf import LIBVMAF, LIBVMAF_10_BIT
from qualab.metrics.metric import Metric

# Below these libvmaf ends with an error, or crashes: (shorter side, longer side).
_LEAST_V0 = (20, 20)
_LEAST_V1 = (160, 216)


def vmaf_metric(name: str, model: str, *, model_4k: str = "", bits: int = 8) -> Metric:
    """Return the metric `name` of a model built into libvmaf; `bits=10` for one that is to see pictures as 10 bits.

    >>> vmaf_metric("vmaf", "vmaf_v0.6.1").model_for(2160)
    'vmaf_v0.6.1'
    """
    return Metric(
        LIBVMAF_10_BIT if bits == 10 else LIBVMAF,
        lambda row, _: row[name],
        name=name,
        model=model,
        model_4k=model_4k,
        least_sides=_LEAST_V1 if model.startswith("vmaf_v1") else _LEAST_V0,
    )


VMAF = vmaf_metric("vmaf", "vmaf_v0.6.1")
VMAF_NEG = vmaf_metric("vmaf_neg", "vmaf_v0.6.1neg")
VMAF_V1 = vmaf_metric("vmaf_v1", "vmaf_v1.0.16_3d0h", model_4k="vmaf_v1.0.16_1d5h_2160", bits=10)
VMAF_4K = vmaf_metric("vmaf_4k", "vmaf_4k_v0.6.1")
VMAF_4K_NEG = vmaf_metric("vmaf_4k_neg", "vmaf_4k_v0.6.1neg")
VMAF_PHONE = vmaf_metric("vmaf_phone", "vmaf_v0.6.1:enable_transform=true")

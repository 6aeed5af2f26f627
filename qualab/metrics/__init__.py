"""The metrics: name -> how it is got."""

from qualab.metrics.fidelity import MSAD, PSNR, PSNR_Y, SSIM, VIF, XPSNR
from qualab.metrics.metric import Metric
from qualab.metrics.vmaf import vmaf_metric

METRICS: dict[str, Metric] = {
    "vmaf": vmaf_metric("vmaf", "vmaf_v0.6.1"),
    "vmaf_neg": vmaf_metric("vmaf_neg", "vmaf_v0.6.1neg"),
    "psnr_y": PSNR_Y,
    "psnr": PSNR,
    "ssim": SSIM,
    "vmaf_v1": vmaf_metric("vmaf_v1", "vmaf_v1.0.16_3d0h", model_4k="vmaf_v1.0.16_1d5h_2160", bits=10),
    "vmaf_4k": vmaf_metric("vmaf_4k", "vmaf_4k_v0.6.1"),
    "vmaf_4k_neg": vmaf_metric("vmaf_4k_neg", "vmaf_4k_v0.6.1neg"),
    "vmaf_phone": vmaf_metric("vmaf_phone", "vmaf_v0.6.1:enable_transform=true"),
    "xpsnr": XPSNR,
    "vif": VIF,
    "msad": MSAD,
}

"""The words of the field (ITU-T P.910), as constants that code, files, columns and reports share."""

METRIC_UNITS = {
    "vmaf": "score 0-100",
    "vmaf_neg": "score 0-100",
    "psnr_y": "dB",
    "psnr": "dB",
    "ssim": "score 0-1",
    "vmaf_v1": "score 0-100",
    "vmaf_4k": "score 0-100",
    "vmaf_4k_neg": "score 0-100",
    "vmaf_phone": "score 0-100",
    "xpsnr": "dB",
    "vif": "score 0-1",
    "msad": "share of the peak",
}
METRIC_TITLES = {
    "vmaf": "VMAF v0.6.1",
    "vmaf_neg": "VMAF v0.6.1 NEG",
    "psnr_y": "PSNR-Y",
    "psnr": "PSNR",
    "ssim": "SSIM",
    "vmaf_v1": "VMAF v1.0.16",
    "vmaf_4k": "VMAF 4K v0.6.1",
    "vmaf_4k_neg": "VMAF 4K v0.6.1 NEG",
    "vmaf_phone": "VMAF v0.6.1 phone",
    "xpsnr": "XPSNR",
    "vif": "VIF",
    "msad": "MSAD",
}
# What a lower value of is better; of all others a higher one.
LOWER_IS_BETTER = ("msad",)
# Of a distorted clip alone: they tell what it is like, never which of two is better.
DIAGNOSTIC_TITLES = {
    "si": "spatial information",
    "ti": "temporal information",
    "cambi": "banding (CAMBI)",
    "blur": "blur",
    "blockiness": "blockiness",
    "flicker": "temporal flicker",
}
DIAGNOSTIC_UNITS = {
    "si": "code values",
    "ti": "code values",
    "cambi": "CAMBI",
    "blur": "width in samples",
    "blockiness": "ratio",
    "flicker": "code values",
}
POOLINGS = ("mean", "harmonic_mean", "min", "p1", "p5")
# PSNR alone has one more: APSNR, the dB of the mean squared error of all frames.
APSNR = "apsnr"
CHOICES = ("a", "b", "tie")
# What a trial is for: only `test` trials speak of the study, the others of the viewer.
TEST, TRAINING, GOLD, IDENTICAL, REPEAT, TRAP = "test", "training", "gold", "identical", "repeat", "trap"
TRIAL_KINDS = (TEST, TRAINING, GOLD, IDENTICAL, REPEAT, TRAP)
# Where a gold or a trap pair has an obvious answer it is hrc_b; these stand as its hrc_a, or as both.
GOLD_HRC, TRAP_SRC, TRAP_HRCS = "gold", "trap", ("trap-other", "trap-this")
CLASSIC_UPSCALERS = ("bilinear", "bicubic", "lanczos")

ESTIMANDS = {
    "E1": "these clips, the population of viewers",
    "E2": "the population of clips and viewers",
}

_LINES_4K = 2160


def default_metrics(display_height: int) -> tuple[str, ...]:
    """Return the metrics of every pair by default; from 2160 lines VMAF is the model trained on 4K displays.

    >>> default_metrics(720)[:2], default_metrics(2160)[:2]
    (('vmaf', 'vmaf_neg'), ('vmaf_4k', 'vmaf_4k_neg'))
    """
    vmaf = ("vmaf_4k", "vmaf_4k_neg") if display_height >= _LINES_4K else ("vmaf", "vmaf_neg")
    return (*vmaf, "psnr_y", "psnr", "ssim")

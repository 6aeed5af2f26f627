"""The words of the field (ITU-T P.910), as constants that code, files, columns and reports share."""

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

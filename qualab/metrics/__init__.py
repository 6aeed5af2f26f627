"""The metrics: name -> the function that gives it for every frame of a pair."""

from qualab.metrics.full_reference import score_frames

METRICS = dict.fromkeys(("vmaf", "vmaf_neg", "psnr_y", "psnr", "ssim"), score_frames)

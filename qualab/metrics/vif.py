"""VIF of Sheikh and Bovik (2006), from libvmaf."""

from qualab.metrics.libvmaf import LIBVMAF_VIF
from qualab.metrics.metric import Metric

# libvmaf's without `debug` has the four scales only; with it their sum.
VIF = Metric(LIBVMAF_VIF, lambda row, _: row["integer_vif"], feature="vif:debug=true")

"""Blur: the width of edges in samples (Marziliano et al., 2002); 0 of a picture without any edge."""

from qualab.metrics.diagnostic import Diagnostic, Graph
from qualab.metrics.metadata import frame_rows

BLUR = Diagnostic(Graph("blur", "blurdetect,metadata=print:file={log}", frame_rows), "blur")

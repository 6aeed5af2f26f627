"""Blockiness: how much a grid stands out, 1 for none (Muijs and Kirenko, 2005); 0 of a picture without any edge."""

from qualab.metrics.diagnostic import Diagnostic, Graph
from qualab.metrics.metadata import frame_rows

BLOCKINESS = Diagnostic(Graph("block", "blockdetect,metadata=print:file={log}", frame_rows), "block")

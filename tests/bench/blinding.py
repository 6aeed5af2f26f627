"""Does serving take as long on either side? Times of 200 trials at a real server, and of one that is slower by design.

python tests/bench/blinding.py

Prints the p-values of Kolmogorov and Smirnov's test of the times until a clip's first byte and until its last, a line
for each packing; below 0.01 one side may be told by its time. The line below it is the control: the same times with
3 ms more on one side, which the test must find. Wants an idle machine: on a busy one times say nothing.
"""

import importlib.util
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from scipy.stats import ks_2samp

from qualab.study.workspace import Workspace

BLINDING = Path(__file__).parent.parent / "blinding"


def _loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"blinding_{name}", BLINDING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def p_values(times: dict[str, list[float]], packing: str, *, delay_ms: float = 0.0) -> dict[str, float]:
    """Return p by what was waited for, the first byte and all, with a delay added to the times of one side."""
    first, second = ("test", "baseline") if packing == "two" else ("left", "right")
    late = {what: [took + delay_ms for took in times[f"{first}, {what}"]] for what in ("first byte", "all")}
    return {what: round(float(ks_2samp(late[what], times[f"{second}, {what}"]).pvalue), 4) for what in late}


if __name__ == "__main__":
    audit, ear, study = _loaded("test_audit"), _loaded("eavesdropper"), _loaded("conftest")
    for packing in audit.PACKINGS:
        with tempfile.TemporaryDirectory() as folder:
            ws = Workspace(study._study(Path(folder), packing))
            spoils = audit.listen(ws, audit.over_the_network, ear)
            print(packing, p_values(spoils.times, packing))
            print(packing, "with 3 ms more", p_values(spoils.times, packing, delay_ms=3.0))

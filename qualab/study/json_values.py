"""Values in JSON's types."""

import math
from collections.abc import Mapping

_MISSING = ("NAType", "NaTType")


def json_safe(value: object) -> object:
    """Return a value in JSON's types: numpy's numbers as Python's, what is no finite number as None.

    >>> json_safe({"gain": float("nan"), "frames": (1, 2)})
    {'gain': None, 'frames': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {str(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(item) for item in value]
    # Named, not imported: the command line starts without pandas.
    if type(value).__name__ in _MISSING or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return json_safe(value.item()) if type(value).__module__ == "numpy" and hasattr(value, "item") else value

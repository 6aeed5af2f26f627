"""Where nets run and in what precision: decided once, from what the processor and the GPU can do."""

import torch

from qualab.errors import InputError, ToolMissing
from qualab.study.ids import nearest

DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str) -> tuple[str, torch.dtype]:
    """Return the torch device and the precision of hidden layers for auto, cpu or cuda.

    float16 on CUDA; bfloat16 on a CPU with instructions for it, else float32, which is faster there.

    Raises:
        ToolMissing: cuda is asked for and not there.
        InputError: another name.
    """
    if name not in DEVICES:
        raise InputError(f"device '{name[:80]}'", "is not known", nearest(name[:80], DEVICES))
    has_cuda = torch.cuda.is_available()
    if name == "cuda" and not has_cuda:
        raise ToolMissing("device 'cuda'", "is not there", "use --device cpu, or install a CUDA build of torch")
    if has_cuda and name != "cpu":
        return "cuda", torch.float16
    able = torch.cpu.get_capabilities()
    return "cpu", torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


def limit_threads(threads: int) -> None:
    """Let nets on the CPU use so many threads of this process."""
    torch.set_num_threads(threads)


def device_label(name: str) -> str:
    """Return the device and precision that `choose_device(name)` gives, as in 'cpu bfloat16'."""
    kind, precision = choose_device(name)
    return f"{kind} {str(precision).removeprefix('torch.')}"

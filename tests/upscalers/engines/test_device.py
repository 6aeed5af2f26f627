from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from qualab.errors import InputError, ToolMissing
from qualab.upscalers.engines.device import choose_device, device_label
from qualab.upscalers.network import NetworkUpscaler

FolderMaker = Callable[..., Path]


def without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_cuda_that_is_not_there_is_a_missing_tool(monkeypatch: pytest.MonkeyPatch, weights_folder: FolderMaker) -> None:
    without_cuda(monkeypatch)
    with pytest.raises(ToolMissing, match="device 'cuda': is not there") as caught:
        NetworkUpscaler(weights_folder(), device="cuda")
    assert caught.value.exit_code == 4


def test_an_unknown_device_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'cuda'"):
        choose_device("cudda")


@pytest.mark.parametrize(
    ("able", "expected"),
    [({"avx512_bf16": True}, torch.bfloat16), ({"amx_bf16": True}, torch.bfloat16), ({"avx2": True}, torch.float32)],
)
def test_cpu_precision_is_what_the_processor_is_fast_in(
    able: dict[str, bool], expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_cuda(monkeypatch)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert choose_device("auto") == choose_device("cpu") == ("cpu", expected)


def test_auto_takes_cuda_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == ("cuda", torch.float16)


def test_the_label_names_device_and_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    without_cuda(monkeypatch)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    assert device_label("auto") == "cpu float32"

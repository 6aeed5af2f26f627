import numpy as np
import pytest
import torch

from qualab.media.frames import Picture, Scaler
from qualab.media.pixel_formats import PIXEL_FORMATS
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.engines.cuda import chroma_matrices, next_smaller, picture_shape
from qualab.upscalers.engines.planes import enlarge_planes, resample_planes

SIZES = [((64, 48), (128, 96)), ((64, 48), (192, 144)), ((66, 34), (130, 70)), ((65, 49), (130, 98))]


def noise(width: int, height: int, pix_fmt: str) -> Picture:
    """Return a picture of codes far enough from the ends that no pass of a scaler clips them."""
    layout, generator = PIXEL_FORMATS[pix_fmt], np.random.default_rng(3)
    across, down = layout.chroma_size(width, height)
    top, kind = 1 << layout.bits, np.uint8 if layout.bits == 8 else np.uint16
    planes = [
        generator.integers(top // 4, 3 * top // 4, size).astype(kind)
        for size in [(height, width)] + 2 * [(down, across)]
    ]
    return Picture(*planes, pix_fmt)


@pytest.mark.parametrize(("source", "target"), SIZES)
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
def test_chroma_is_swscales_bicubic_within_one_code(
    pix_fmt: str, source: tuple[int, int], target: tuple[int, int]
) -> None:
    picture = noise(*source, pix_fmt)
    expected = Scaler(source, target, "bicubic", pix_fmt=pix_fmt)(picture)
    shape = picture_shape(*source, pix_fmt, channels=1, target=target)
    matrices = chroma_matrices(shape)
    assert matrices is not None
    for plane, wanted in ((picture.u, expected.u), (picture.v, expected.v)):
        codes = torch.from_numpy(plane.astype(np.int16))[None, None]
        found = resample_planes(codes, *matrices, bits=shape.bits)[0, 0].numpy()
        assert found.shape == wanted.shape
        # swscale has 14-bit taps and rounds between its two passes. At the top and left it gives the tap that falls
        # outside to the second sample instead of the first: up to 4 % of the contrast in one row and column.
        inner = np.s_[6:-6, 6:-6]
        assert np.abs(found.astype(int) - wanted)[inner].max() <= (1 if shape.bits == 8 else 2)
        assert np.abs(found.astype(int) - wanted).max() <= 0.04 * (1 << shape.bits)


@pytest.mark.parametrize("name", ["lite", "swift", "srcnn-915", "upconv-7"])
@pytest.mark.parametrize("rows", [16, 20, 24])
def test_a_batch_in_bands_gives_the_codes_of_whole_pictures(name: str, rows: int) -> None:
    torch.manual_seed(7)
    net = ARCHITECTURES[name](2).eval().requires_grad_(False)
    codes = torch.randint(0, 256, (2, net.channels, 40, 30), dtype=torch.uint8)
    with torch.inference_mode():
        whole = [enlarge_planes(net, one[None], bits=8, target=(60, 80), rows=None) for one in codes]
        bands = enlarge_planes(net, codes, bits=8, target=(60, 80), rows=rows)
    # float32 sums in another order.
    assert (bands.int() - torch.cat(whole).int()).abs().max() <= 1


@pytest.mark.parametrize("bits", [8, 10])
def test_a_net_runs_on_its_own_codes_up_to_the_target(bits: int) -> None:
    torch.manual_seed(8)
    net = ARCHITECTURES["espcn-relu"](2).eval().requires_grad_(False)
    codes = torch.randint(0, 1 << bits, (1, 1, 12, 16), dtype=torch.int16)
    with torch.inference_mode():
        once = enlarge_planes(net, codes, bits=bits, target=(32, 24), rows=None)
        twice = enlarge_planes(net, codes, bits=bits, target=(33, 24), rows=None)
        again = enlarge_planes(net, once, bits=bits, target=(64, 48), rows=None)
    assert once.shape[-2:] == (24, 32)
    assert torch.equal(twice, again)


def test_lack_of_memory_first_costs_the_batch_then_rows_then_the_clip() -> None:
    tried: list[tuple[int, int | None]] = [(4, None)]
    while (step := next_smaller(*tried[-1], 100, is_local=True)) is not None:
        tried.append(step)
    assert [batch for batch, _ in tried][:3] == [4, 2, 1]
    rows = [rows for _, rows in tried[3:]]
    assert rows == sorted(rows, reverse=True)  # type: ignore[type-var]
    assert all(number is not None and number % 2 == 0 for number in rows)
    assert next_smaller(1, None, 100, is_local=False) is None

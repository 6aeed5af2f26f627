"""Formats that carry a net to other tools, by the name that --format takes."""

from qualab.upscalers.exports.ffmpeg import write_ffmpeg
from qualab.upscalers.exports.format import Format
from qualab.upscalers.exports.onnx import write_onnx
from qualab.upscalers.exports.torchscript import write_torchscript

FORMATS: dict[str, Format] = {
    "onnx": Format(".onnx", write_onnx),
    "torchscript": Format(".pt", write_torchscript),
    "ffmpeg": Format(".model", write_ffmpeg),
}

"""Formats that carry a net to other tools, by the name that --format takes."""

from collections.abc import Mapping

from qualab.upscalers.exports.format import Format

FORMATS: Mapping[str, Format] = {
    "onnx": Format("ONNX", ".onnx", "qualab.upscalers.exports.onnx:write_onnx"),
    "torchscript": Format("TorchScript", ".pt", "qualab.upscalers.exports.torchscript:write_torchscript"),
    "ffmpeg": Format("a .model for FFmpeg's filter sr", ".model", "qualab.upscalers.exports.ffmpeg:write_ffmpeg"),
}

"""ONNX: a file for onnxruntime, OpenVINO, TensorRT, FFmpeg's dnn_processing and others."""

import re
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.export import Dim

from qualab.errors import InputError, ToolMissing
from qualab.study.files import storage
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.card import Card
from qualab.upscalers.exports.standalone import INPUT, OUTPUT, Standalone, description, example

if TYPE_CHECKING:
    import onnx

_AXES = {0: "batch", 2: "height", 3: "width"}


def write_onnx(net: Network, card: Card, path: Path) -> str:
    """Write the net as ONNX in float32 for any batch, height and width; return how it is used.

    What the file says about itself stands in its metadata.

    Raises:
        ToolMissing: the extra `onnx` is not installed.
        InputError: torch cannot export the net.
    """
    for package in ("onnx", "onnxscript"):
        if find_spec(package) is None:
            raise ToolMissing(f"package '{package}'", "is not there", "pip install 'qualab[onnx]'")
    import onnx

    try:
        proto = _converted(net)
    except torch.onnx.OnnxExporterError as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"upscaler '{card.id}'", f"is no net for ONNX ({reason})", "try torchscript") from None
    _name_axes(proto.graph)
    _strip(proto.graph)
    proto.graph.name, proto.producer_name = card.id, "qualab"
    onnx.helper.set_model_props(proto, description(net, card))
    onnx.checker.check_model(proto, full_check=True)
    with storage(path):
        path.write_bytes(proto.SerializeToString())
    return f"onnxruntime.InferenceSession(FILE).run(None, {{'{INPUT}': x}}), x float32 NCHW in 0..1"


def _converted(net: Network) -> "onnx.ModelProto":
    with warnings.catch_warnings():
        # torch 2.13 asks its own pytree for what it has itself deprecated.
        warnings.filterwarnings("ignore", r".isinstance\(treespec, LeafSpec\)", FutureWarning)
        program = torch.onnx.export(
            Standalone(net).eval(),
            (example(net),),
            dynamo=True,
            verbose=False,
            external_data=False,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes=(dict.fromkeys(_AXES, Dim.DYNAMIC),),
        )
    assert program is not None
    return program.model_proto


def _name_axes(graph: "onnx.GraphProto") -> None:
    """Give the free sizes the names of the axes; torch numbers them."""
    sides = graph.input[0].type.tensor_type.shape.dim
    names = {sides[axis].dim_param: name for axis, name in _AXES.items()}
    pattern = re.compile(rf"\b({'|'.join(names)})\b")
    for value in (*graph.input, *graph.output, *graph.value_info):
        for side in value.type.tensor_type.shape.dim:
            if side.dim_param:
                side.dim_param = pattern.sub(lambda match: names[match[1]], side.dim_param)


def _strip(graph: "onnx.GraphProto") -> None:
    """Take out what the exporter notes of this machine's code: it means nothing elsewhere."""
    for entry in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        del entry.metadata_props[:]
        entry.ClearField("doc_string")

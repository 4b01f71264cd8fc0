"""Takes out of a landmark network what pose-edge throws away: the segmentation mask and what is computed for it alone.

The landmark network draws a 256x256 mask of the person on every frame; MediaPipe drops it unless masks are asked for.
On one x86-64 thread the network falls from 6.2 to 2.8 ms without it, and every landmark stays the same to the bit.
"""

import struct
from collections.abc import Iterable
from typing import Final

from edge.detect.flatbuffer import FlatbufferError, Table
from edge.detect.tflite import FLOAT32, read_model, write_model

MASK_OUTPUT: Final = b"Identity_2"
"""Name of the mask among the five outputs, in the lite, full and heavy network alike."""

ONE_PIXEL: Final = [1, 1, 1, 1]
"""Shape of the constant mask. At its full size its zeros would outweigh the weights that go (262 kB against 18 kB)."""

_ABSENT: Final = -1
"""TFLite's index of an optional input that is not given."""


def slim(model: bytes) -> bytes:
    """Make the mask a constant of one pixel and leave out the operators, tensors and weights that only it needs.

    Number, order and names of the outputs stay, and so does the metadata: MediaPipe takes the result like the original.
    Masks need the original.

    Args:
        model: A BlazePose landmark network, lite, full or heavy, as a `.tflite` file.

    Raises:
        FlatbufferError: The file is damaged or not such a network.
    """
    tree = read_model(model)
    if len(tree["subgraphs"]) != 1:
        raise FlatbufferError(f"a pose network has one graph, this has {len(tree['subgraphs'])}")
    graph = tree["subgraphs"][0]
    mask = _mask_of(graph)
    operators = _needed_operators(graph, [output for output in graph["outputs"] if output != mask])
    graph["tensors"][mask] |= {"shape": ONE_PIXEL, "buffer": len(tree["buffers"])}
    tree["buffers"].append({"data": struct.pack("<f", 0.0)})
    graph["operators"] = operators
    _drop_unused_tensors(graph)
    _drop_unused_buffers(tree)
    _drop_unused_operator_codes(tree)
    return write_model(tree)


def _mask_of(graph: Table) -> int:
    masks: list[int] = [index for index in graph["outputs"] if graph["tensors"][index].get("name") == MASK_OUTPUT]
    if len(masks) != 1 or graph["tensors"][masks[0]].get("type", FLOAT32) != FLOAT32:
        raise FlatbufferError(f"no pose landmark network: it has no output {MASK_OUTPUT.decode()}")
    return masks[0]


def _needed_operators(graph: Table, outputs: Iterable[int]) -> list[Table]:
    needed = set(outputs)
    kept = []
    # TFLite's operators stand in the order in which they run: whoever needs a tensor comes after its maker.
    for operator in reversed(graph["operators"]):
        if needed.intersection(operator["outputs"]):
            needed.update(operator["inputs"])
            kept.append(operator)
    return kept[::-1]


def _drop_unused_tensors(graph: Table) -> None:
    used = {*graph["inputs"], *graph["outputs"]}
    for operator in graph["operators"]:
        used.update(operator["inputs"], operator["outputs"])
    used.discard(_ABSENT)
    new = {old: index for index, old in enumerate(sorted(used))} | {_ABSENT: _ABSENT}
    graph["tensors"] = [graph["tensors"][index] for index in sorted(used)]
    for holder in (graph, *graph["operators"]):
        for key in ("inputs", "outputs"):
            holder[key] = [new[index] for index in holder[key]]


def _drop_unused_buffers(tree: Table) -> None:
    tensors = tree["subgraphs"][0]["tensors"]
    # Buffer 0 is TFLite's empty one, whoever refers to it.
    used = {0, *(tensor.get("buffer", 0) for tensor in tensors)}
    used.update(entry["buffer"] for entry in tree["metadata"])
    used.update(tree.get("metadata_buffer", []))
    new = {old: index for index, old in enumerate(sorted(used))}
    tree["buffers"] = [tree["buffers"][index] for index in sorted(used)]
    for holder in (*tensors, *tree["metadata"]):
        if holder.get("buffer"):
            holder["buffer"] = new[holder["buffer"]]
    if "metadata_buffer" in tree:
        tree["metadata_buffer"] = [new[index] for index in tree["metadata_buffer"]]


def _drop_unused_operator_codes(tree: Table) -> None:
    operators = tree["subgraphs"][0]["operators"]
    used = sorted({operator.get("opcode_index", 0) for operator in operators})
    tree["operator_codes"] = [tree["operator_codes"][index] for index in used]
    for operator in operators:
        index = used.index(operator.pop("opcode_index", 0))
        if index:
            operator["opcode_index"] = index

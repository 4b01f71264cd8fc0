"""What pose-edge needs to know of TFLite models: the tables the pose networks use, and the metadata MediaPipe asks for.

The tables and field ids are those of TFLite's `schema.fbs` and of `metadata_schema.fbs`, both public. A model with
anything beyond them is refused rather than written back without it.
"""

from typing import Final

from edge.detect.flatbuffer import (
    Blob,
    Child,
    Children,
    FlatbufferError,
    Numbers,
    Scalar,
    Schema,
    Table,
    Text,
    Union,
    decode,
    encode,
)

MODEL_IDENTIFIER: Final = b"TFL3"
METADATA_IDENTIFIER: Final = b"M001"
METADATA_NAME: Final = b"TFLITE_METADATA"
"""MediaPipe looks for the buffer of this name."""

DATA_ALIGNMENT: Final = 16
"""`force_align` of `Buffer.data` in TFLite's schema."""

FLOAT32: Final = 0
"""`TensorType.FLOAT32`."""
_INT32: Final = "i"
_INT8: Final = "b"
_UINT8: Final = "B"
_BOOL: Final = "?"

_SPARSE_INDEX: Final = {1: "Int32Vector", 2: "Uint16Vector", 3: "Uint8Vector"}
_BUILTIN_OPTIONS: Final = {
    1: "Conv2DOptions",
    2: "DepthwiseConv2DOptions",
    5: "Pool2DOptions",
    10: "ConcatenationOptions",
    11: "AddOptions",
    15: "ResizeBilinearOptions",
    22: "PadOptions",
    94: "DepthToSpaceOptions",
}

MODEL_SCHEMA: Final[Schema] = {
    "Model": {
        "version": Scalar("I"),
        "operator_codes": Children("OperatorCode"),
        "subgraphs": Children("SubGraph"),
        "description": Text(),
        "buffers": Children("Buffer"),
        "metadata_buffer": Numbers("i"),
        "metadata": Children("Metadata"),
    },
    "OperatorCode": {
        "deprecated_builtin_code": Scalar(_INT8),
        "custom_code": Text(),
        "version": Scalar(_INT32, default=1),
        "builtin_code": Scalar(_INT32),
    },
    "SubGraph": {
        "tensors": Children("Tensor"),
        "inputs": Numbers(_INT32),
        "outputs": Numbers(_INT32),
        "operators": Children("Operator"),
        "name": Text(),
    },
    "Tensor": {
        "shape": Numbers(_INT32),
        "type": Scalar(_INT8),
        "buffer": Scalar("I"),
        "name": Text(),
        "quantization": Child("QuantizationParameters"),
        "is_variable": Scalar(_BOOL),
        "sparsity": Child("SparsityParameters"),
        "shape_signature": Numbers(_INT32),
        "has_rank": Scalar(_BOOL),
    },
    "QuantizationParameters": {
        "min": Numbers("f"),
        "max": Numbers("f"),
        "scale": Numbers("f"),
        "zero_point": Numbers("q"),
    },
    "SparsityParameters": {
        "traversal_order": Numbers(_INT32),
        "block_map": Numbers(_INT32),
        "dim_metadata": Children("DimensionMetadata"),
    },
    "DimensionMetadata": {
        "format": Scalar(_INT8),
        "dense_size": Scalar(_INT32),
        "array_segments_type": Scalar(_UINT8),
        "array_segments": Union("array_segments_type", _SPARSE_INDEX),
        "array_indices_type": Scalar(_UINT8),
        "array_indices": Union("array_indices_type", _SPARSE_INDEX),
    },
    "Int32Vector": {"values": Numbers(_INT32)},
    "Uint16Vector": {"values": Numbers("H")},
    "Uint8Vector": {"values": Blob()},
    "Operator": {
        "opcode_index": Scalar("I"),
        "inputs": Numbers(_INT32),
        "outputs": Numbers(_INT32),
        "builtin_options_type": Scalar(_UINT8),
        "builtin_options": Union("builtin_options_type", _BUILTIN_OPTIONS),
    },
    "Conv2DOptions": {
        "padding": Scalar(_INT8),
        "stride_w": Scalar(_INT32),
        "stride_h": Scalar(_INT32),
        "fused_activation_function": Scalar(_INT8),
        "dilation_w_factor": Scalar(_INT32, default=1),
        "dilation_h_factor": Scalar(_INT32, default=1),
    },
    "DepthwiseConv2DOptions": {
        "padding": Scalar(_INT8),
        "stride_w": Scalar(_INT32),
        "stride_h": Scalar(_INT32),
        "depth_multiplier": Scalar(_INT32),
        "fused_activation_function": Scalar(_INT8),
        "dilation_w_factor": Scalar(_INT32, default=1),
        "dilation_h_factor": Scalar(_INT32, default=1),
    },
    "Pool2DOptions": {
        "padding": Scalar(_INT8),
        "stride_w": Scalar(_INT32),
        "stride_h": Scalar(_INT32),
        "filter_width": Scalar(_INT32),
        "filter_height": Scalar(_INT32),
        "fused_activation_function": Scalar(_INT8),
    },
    "ConcatenationOptions": {"axis": Scalar(_INT32), "fused_activation_function": Scalar(_INT8)},
    "AddOptions": {"fused_activation_function": Scalar(_INT8), "pot_scale_int16": Scalar(_BOOL, default=1)},
    "ResizeBilinearOptions": {
        "new_height": Scalar(_INT32),
        "new_width": Scalar(_INT32),
        "align_corners": Scalar(_BOOL),
        "half_pixel_centers": Scalar(_BOOL),
    },
    "PadOptions": {},
    "DepthToSpaceOptions": {"block_size": Scalar(_INT32)},
    "Buffer": {"data": Blob(DATA_ALIGNMENT)},
    "Metadata": {"name": Text(), "buffer": Scalar("I")},
}

_METADATA_SCHEMA: Final[Schema] = {
    "ModelMetadata": {
        "name": Text(),
        "description": Text(),
        "version": Text(),
        "subgraph_metadata": Children("SubGraphMetadata"),
        "author": Text(),
        "license": Text(),
        "associated_files": Children("AssociatedFile"),
        "min_parser_version": Text(),
    },
    "AssociatedFile": {},
    "SubGraphMetadata": {"name": Text(), "description": Text(), "input_tensor_metadata": Children("TensorMetadata")},
    "TensorMetadata": {
        "name": Text(),
        "description": Text(),
        "dimension_names": Children("AssociatedFile"),
        "content": Child("Content"),
        "process_units": Children("ProcessUnit"),
    },
    "Content": {
        "content_properties_type": Scalar(_UINT8),
        "content_properties": Union("content_properties_type", {2: "ImageProperties"}),
    },
    "ImageProperties": {"color_space": Scalar(_INT8)},
    "ProcessUnit": {
        "options_type": Scalar(_UINT8),
        "options": Union("options_type", {1: "NormalizationOptions"}),
    },
    "NormalizationOptions": {"mean": Numbers("f"), "std": Numbers("f")},
}


def read_model(data: bytes) -> Table:
    """Read a `.tflite` file.

    Raises:
        FlatbufferError: Damaged, not TFLite, or with more in it than the pose networks have.
    """
    return decode(data, schema=MODEL_SCHEMA, root="Model", identifier=MODEL_IDENTIFIER)


def write_model(model: Table) -> bytes:
    """Write a `.tflite` file; the same model always gives the same bytes."""
    return encode(model, schema=MODEL_SCHEMA, root="Model", identifier=MODEL_IDENTIFIER)


def with_image_metadata(data: bytes, *, mean: float, std: float) -> bytes:
    """Add what MediaPipe must know of a network's image input; metadata that is there already gives way.

    Args:
        data: A `.tflite` file with one input, an RGB image.
        mean: Taken from each channel's value (0..255) …
        std: … which is then divided by this.

    Returns:
        The model with `TFLITE_METADATA`, all other metadata kept.

    Raises:
        FlatbufferError: As `read_model`.
    """
    model = read_model(data)
    _drop_metadata(model)
    model["metadata"].append({"name": METADATA_NAME, "buffer": len(model["buffers"])})
    model["buffers"].append({"data": _image_metadata(mean, std)})
    return write_model(model)


def _drop_metadata(model: Table) -> None:
    kept = [entry for entry in model["metadata"] if entry["name"] != METADATA_NAME]
    dropped = [entry["buffer"] for entry in model["metadata"] if entry["name"] == METADATA_NAME]
    # At the end, where every metadata writer puts it, it can go without renumbering the other buffers.
    if dropped and dropped != [len(model["buffers"]) - 1]:
        raise FlatbufferError("its metadata is not the last buffer")
    model["metadata"] = kept
    model["buffers"] = model["buffers"][: len(model["buffers"]) - len(dropped)]


def _image_metadata(mean: float, std: float) -> bytes:
    image_input = {
        "name": b"image",
        "content": {"content_properties_type": 2, "content_properties": {"color_space": 1}},
        "process_units": [{"options_type": 1, "options": {"mean": [mean], "std": [std]}}],
    }
    metadata = {
        "subgraph_metadata": [{"input_tensor_metadata": [image_input]}],
        "min_parser_version": b"1.0.0",
    }
    return encode(metadata, schema=_METADATA_SCHEMA, root="ModelMetadata", identifier=METADATA_IDENTIFIER)

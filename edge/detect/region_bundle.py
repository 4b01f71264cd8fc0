"""Makes a bundle that runs the landmark network alone, on the whole picture it is given.

MediaPipe's landmarker always asks its detector first when it follows nobody. Here the detector's answers are constants,
without a single operator: one person, upright, filling the picture. So the landmark network runs on exactly the region
that the caller cut out, and says by its presence whether somebody is there.
"""

import io
import struct
import zipfile
from typing import Final

from edge.detect.flatbuffer import FlatbufferError, Table
from edge.detect.task import DETECTOR_MEAN_STD, DETECTOR_MEMBER, LANDMARKS_MEMBER, pack
from edge.detect.tflite import read_model, with_image_metadata, write_model

_INPUT_SIDE: Final = 224
"""Side of the detector's input in pixels; its answers are in these pixels."""

_FIRST_ANCHOR: Final = 0.5 / 28
"""Place of the first anchor, to which its answer is relative: the middle of the first cell of 28 by 28."""

_VALUES: Final = 12
"""What the detector says of each anchor: box centre and size, then four points, x and y each."""

_MIDDLE: Final = 0.5
_ENLARGEMENT: Final = 1.25
"""MediaPipe cuts out a square with the hips' middle in its centre and 1.25 times the size of the circle around it; the
detector's first point is that centre, the second lies on the circle, toward the head."""
_RADIUS: Final = _MIDDLE / _ENLARGEMENT

_SURELY: Final = 20.0
_SURELY_NOT: Final = -100.0
"""Scores before the logistic function; MediaPipe clips them at 100."""


def region_bundle(bundle: bytes) -> bytes:
    """Make a landmarker of given regions out of a whole one.

    Args:
        bundle: A `.task` file, stock or slim.

    Raises:
        FlatbufferError: The detector in it is not the one the pose bundles share.
        zipfile.BadZipFile: It is no `.task` file.
        KeyError: It is one of another task.
    """
    with zipfile.ZipFile(io.BytesIO(bundle)) as members:
        detector = _with_constant_answer(members.read(DETECTOR_MEMBER))
        return pack(detector, members.read(LANDMARKS_MEMBER))


def _with_constant_answer(detector: bytes) -> bytes:
    tree = read_model(detector)
    graph = tree["subgraphs"][0]
    (image,) = graph["inputs"]
    answers = [graph["tensors"][output] for output in graph["outputs"]]
    anchors = answers[0]["shape"][1]
    if [answer["shape"] for answer in answers] != [[1, anchors, _VALUES], [1, anchors, 1]]:
        raise FlatbufferError("no pose detector: it does not answer with boxes and scores")
    return with_image_metadata(
        write_model(
            {
                "version": tree["version"],
                "operator_codes": [],
                # Buffer 0 is TFLite's empty one, which the image has.
                "buffers": [{}, {"data": _boxes(anchors)}, {"data": _scores(anchors)}],
                "metadata": [],
                "subgraphs": [_graph([graph["tensors"][image], *answers])],
            }
        ),
        mean=DETECTOR_MEAN_STD[0],
        std=DETECTOR_MEAN_STD[1],
    )


def _graph(tensors: list[Table]) -> Table:
    kept = [
        {"name": tensor["name"], "shape": tensor["shape"], "buffer": number} for number, tensor in enumerate(tensors)
    ]
    return {"tensors": kept, "inputs": [0], "outputs": [1, 2], "operators": []}


def _boxes(anchors: int) -> bytes:
    middle = (_MIDDLE, _MIDDLE)
    head = (_MIDDLE, _MIDDLE - _RADIUS)
    points = [(value - _FIRST_ANCHOR) * _INPUT_SIDE for point in (middle, head, middle, head) for value in point]
    centre = (_MIDDLE - _FIRST_ANCHOR) * _INPUT_SIDE
    first = struct.pack(f"<{_VALUES}f", centre, centre, _INPUT_SIDE, _INPUT_SIDE, *points)
    return first + bytes(len(first) * (anchors - 1))


def _scores(anchors: int) -> bytes:
    return struct.pack(f"<{anchors}f", _SURELY, *([_SURELY_NOT] * (anchors - 1)))

"""Writes MediaPipe's `.task` files: a zip without compression that holds a detector and a landmark network."""

import io
import struct
import zipfile
from typing import Final

from edge.detect.slim import slim
from edge.detect.tflite import with_image_metadata

DETECTOR_MEMBER: Final = "pose_detector.tflite"
LANDMARKS_MEMBER: Final = "pose_landmarks_detector.tflite"
"""MediaPipe looks for the two networks under these names."""

DETECTOR_MEAN_STD: Final = (127.5, 127.5)
"""The detector takes pixels of -1..1 …"""
LANDMARKS_MEAN_STD: Final = (0.0, 255.0)
"""… and the landmark network of 0..1, as `pose_detection_cpu.pbtxt` and `pose_landmark_by_roi_cpu.pbtxt` scale them."""

ALIGNMENT: Final = 64
"""The bundle is mapped into memory and the networks are used in place. Weights off their own alignment (4 bytes here)
TFLite copies, with the warning "unaligned buffer"; 64 is what it gives the tensors that it allocates itself."""

_OLDEST_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_PADDING_FIELD: Final = 0xD935
"""Extra field that other zip aligners use for padding; readers skip it."""
_LOCAL_HEADER_SIZE: Final = 30
_FIELD_HEADER_SIZE: Final = 4
_REGULAR_FILE: Final = 0o100644 << 16
_UNIX: Final = 3


def assemble(*, detector: bytes, landmarks: bytes) -> tuple[bytes, bytes]:
    """Make the stock and the slim bundle of a model.

    Args:
        detector: The person detector, as `.tflite`, with or without metadata.
        landmarks: The landmark network, as `.tflite`.

    Returns:
        The two `.task` files. The same networks always give the same bytes.

    Raises:
        FlatbufferError: One of the networks is damaged or not a pose network.
    """
    detector = with_image_metadata(detector, mean=DETECTOR_MEAN_STD[0], std=DETECTOR_MEAN_STD[1])
    landmarks = with_image_metadata(landmarks, mean=LANDMARKS_MEAN_STD[0], std=LANDMARKS_MEAN_STD[1])
    return pack(detector, landmarks), pack(detector, slim(landmarks))


def slim_of(stock: bytes) -> bytes:
    """Make the slim bundle out of a stock one.

    Raises:
        FlatbufferError: Its landmark network is damaged or not a pose network.
        zipfile.BadZipFile: It is no `.task` file.
        KeyError: It is one of another task.
    """
    with zipfile.ZipFile(io.BytesIO(stock)) as bundle:
        return pack(bundle.read(DETECTOR_MEMBER), slim(bundle.read(LANDMARKS_MEMBER)))


def pack(detector: bytes, landmarks: bytes) -> bytes:
    """Put two networks into a `.task` file, each on an address that TFLite can use in place."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as bundle:
        for name, network in ((DETECTOR_MEMBER, detector), (LANDMARKS_MEMBER, landmarks)):
            entry = zipfile.ZipInfo(name, _OLDEST_ZIP_TIME)
            entry.create_system = _UNIX
            entry.external_attr = _REGULAR_FILE
            start = packed.tell() + _LOCAL_HEADER_SIZE + len(name) + _FIELD_HEADER_SIZE
            padding = bytes(-start % ALIGNMENT)
            entry.extra = struct.pack("<HH", _PADDING_FIELD, len(padding)) + padding
            bundle.writestr(entry, network)
    return packed.getvalue()

"""The studio's skeleton as the model would give it: landmarks in the picture and in metres, without a picture."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.capture.studio.camera import NEAR_M, Camera
from edge.capture.studio.rotation import Array
from edge.track.geometry import HIPS

FOUND_SHARE: Final = 0.7
"""The real model finds the studio's people once so much of the body is in the picture: docs/studio.md."""


class Projected(NamedTuple):
    """A body as the camera sees it, if it could see through everything.

    Attributes:
        image: `(33, 3)`: x, y normalised to the picture, z as MediaPipe gives it: in picture widths, 0 at the hips.
        world: `(33, 3)` metres along the camera's axes, x right, y down, z away, the hips' middle at 0.
        in_picture: Share of the landmarks inside the picture.
    """

    image: NDArray[np.float64]
    world: NDArray[np.float64]
    in_picture: float


def projected(places: Array, camera: Camera) -> Projected:
    """Project `(33, 3)` metres in the room."""
    seen = (places - camera.centre) @ camera.rotation.T
    pixels, _ = camera.project(places)
    hips = seen[HIPS, :].mean(axis=0)
    image = np.empty((len(places), 3))
    image[:, :2] = pixels / (camera.width, camera.height)
    image[:, 2] = (seen[:, 2] - hips[2]) * camera.focal_px / max(float(hips[2]), NEAR_M) / camera.width
    inside = (image[:, :2] >= 0).all(axis=1) & (image[:, :2] <= 1).all(axis=1)
    return Projected(image=image, world=seen - hips, in_picture=float(inside.mean()))

"""Videos of the studio, so that tests need no recording of real people."""

from pathlib import Path

import cv2

from edge.capture.studio import studio_frames


def film(path: Path, scene: str, *, seconds: float, fps: float = 15.0) -> Path:
    """Write the beginning of a scene as an MP4."""
    writer: cv2.VideoWriter | None = None
    for frame in studio_frames(scene, count=round(seconds * fps), fps=fps):
        if writer is None:
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (frame.width, frame.height))
        writer.write(cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
    assert writer
    writer.release()
    return path

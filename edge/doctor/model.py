"""The model: is it the pinned one, does it find somebody, and how fast?"""

import time
from pathlib import Path
from typing import Final

from edge.capture.studio import studio_frames
from edge.config import Config
from edge.detect.landmarker import OfflineLandmarker
from edge.doctor.finding import Finding, fail, ok, warn
from edge.errors import EdgeError
from edge.parts import landmarker_options, model_bundle

_SCENE: Final = "walk_across"
_FRAMES: Final = 20
_FPS: Final = 10.0
_LEAST_FOUND: Final = 0.8
"""Of a rendered person who walks across the room, the model finds all but the first steps."""


def check_model(config: Config) -> Finding:
    """Check every byte of the bundle, then show it a rendered person."""
    try:
        bundle = model_bundle(config)
        return _try(config, bundle)
    except EdgeError as error:
        return fail("model", str(error).splitlines()[0], f"pose-edge models fetch {config.detect.model}")


def _try(config: Config, bundle: Path) -> Finding:
    found, slowest_needed_s = 0, 1.0 / config.pace.max_inference_fps
    with OfflineLandmarker(bundle=bundle, options=landmarker_options(config)) as landmarker:
        frames = [frame for frame, _ in zip(studio_frames(_SCENE, fps=_FPS), range(_FRAMES), strict=False)]
        began = time.perf_counter()
        for frame in frames:
            found += len(landmarker.detect(frame)) > 0
        run_s = (time.perf_counter() - began) / len(frames)
    if found < _LEAST_FOUND * len(frames):
        return fail(
            "model",
            f"{bundle.name} finds a rendered person in {found} of {len(frames)} frames only",
            "pose-edge models verify",
        )
    text = f"{bundle.name} verified; finds a rendered person, {1000 * run_s:.0f} ms a run"
    if run_s > slowest_needed_s:
        return warn(
            "model",
            f"{text}: too slow for {config.pace.max_inference_fps:g} runs a second",
            "lower pace.max_inference_fps; the rest is predicted",
        )
    return ok("model", text)

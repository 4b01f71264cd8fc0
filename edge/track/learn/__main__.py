"""`python -m edge.track.learn`: learns anew how bodies move between two looks, in a quarter of an hour on two cores.

Renders people, looks at every frame with the landmarker, and fits what `edge.track.follower` corrects. No recording is
learnt from: `tests/track/measure.py prediction` says how well it does on some.
"""

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final

import numpy as np

from edge.config import load
from edge.errors import EdgeError
from edge.parts import model_bundle
from edge.track.follower import WEIGHTS_FILE, Layers
from edge.track.learn.examples import Examples, of_scene, scenes
from edge.track.learn.network import fit

_HIDDEN: Final = 128
_NOISE: Final = 0.9
_EPOCHS: Final = 7
"""docs/tracking.md has what other numbers gave."""


def main() -> int:
    """Render, look, fit and write."""
    parser = argparse.ArgumentParser(prog="python -m edge.track.learn", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / WEIGHTS_FILE, help="where to write")
    parser.add_argument("--jobs", type=int, default=2, help="scenes rendered at a time (%(default)s)")
    parser.add_argument("--scenes", type=int, help="learn from so many scenes only, to try")
    parser.add_argument("--examples", type=Path, help="keep the examples in this .npz file, or take them from there")
    options = parser.parse_args()
    try:
        examples = _examples(options)
        write(
            options.out,
            fit(examples, hidden=_HIDDEN, noise=_NOISE, epochs=_EPOCHS, seed=0, on_epoch=_say),
        )
    except (EdgeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def write(path: Path, layers: Layers) -> None:
    """Store layers as `Layers.shipped` reads them, with half the digits: 110 kB."""
    half = {name: getattr(layers, name).astype(np.float16) for name in Layers.__slots__}
    np.savez(path, **half)


def _examples(options: argparse.Namespace) -> Examples:
    kept: Path | None = options.examples
    if kept and kept.exists():
        with np.load(kept) as stored:
            return Examples(**stored)
    chosen = scenes()[: options.scenes]
    found = Examples.joined(list(_of_scenes(chosen, options.jobs)))
    if kept:
        np.savez(kept, **found._asdict())
    return found


def _of_scenes(chosen: list[tuple[str, int]], jobs: int) -> Iterator[Examples]:
    bundle = model_bundle(load(None, environ={}, overrides={}))
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(of_scene, name, seed, bundle) for name, seed in chosen]
        for done, _ in enumerate(as_completed(waiting), start=1):
            sys.stderr.write(f"{done} of {len(waiting)} scenes\n")
        yield from (one.result() for one in waiting)


def _say(epoch: int, error: float) -> None:
    sys.stderr.write(f"epoch {epoch}: {error:.4f} torso lengths\n")


if __name__ == "__main__":
    sys.exit(main())

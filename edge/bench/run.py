"""One run: every contender is started once, then they take turns, scene by scene."""

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from edge.bench.broker import BrokerProcess
from edge.bench.ear import Ear
from edge.bench.floor import measure_floor
from edge.bench.looks import Slice, between
from edge.bench.motion_cost import measure_motion
from edge.bench.plan import Contender, Plan, device_of
from edge.bench.quota import CpuLimit, cpu_limit
from edge.bench.reel import Film
from edge.bench.results import Results, Row, rows
from edge.bench.rival import Rival
from edge.bench.scenes import FPS, lead_frames, scene_frames, source_frames
from edge.config import Config, load
from edge.detect.bundles import bundle_path
from edge.detect.preflight import installed_version
from edge.detect.progress import Silence
from edge.detect.proof import prove
from edge.flow import Frame
from edge.parts import make_source
from edge.publish.topics import Topic, Topics

OnProgress = Callable[[str, float, float], None]
"""Hears what is going on, how many seconds of measuring are done, and how many there are in all."""

PROOF_FRAMES: Final = 120


class Bench:
    """Carries out a plan.

    Args:
        plan: What to measure.
        on_progress: Hears what is going on.
        proof: Also compare slim and stock bundle on the first clip.
    """

    def __init__(self, plan: Plan, *, on_progress: OnProgress, proof: bool = False) -> None:
        self._plan = plan
        self._on_progress = on_progress
        self._proof = proof
        self._done_s = 0.0

    def run(self) -> Results:
        """Measure everything; takes somewhat longer than `Plan.expected_s`.

        Raises:
            BenchError: A contender or the broker failed.
            ModelError: A bundle is missing.
            SourceError: The clip cannot be played.
        """
        plan = self._plan
        config = plan_config(plan)
        scenes: dict[str, list[Row]] = {}
        proof: str | None = None
        motion_ms = 0.0
        with ExitStack() as stack:
            broker = stack.enter_context(BrokerProcess())
            # Before the contenders on the stack, so that it is taken away after them.
            limit = stack.enter_context(cpu_limit(plan.cpu_quota)) if plan.cpu_quota else None
            turns = [
                stack.enter_context(_turns(one, plan, config, broker, limit, self._say)) for one in plan.contenders
            ]
            for name in plan.clips:
                self._say(f"preparing {name}")
                with Film(frames_of(plan, name), lead=lead_frames(name)) as film:
                    scenes[name] = self._scene(name, film, turns)
                    if name == plan.clips[0]:
                        motion_ms = measure_motion(film.rgb.pictures())
                        if self._proof:
                            self._say("comparing the bundles")
                            proof = _compare(film, config)
        self._say("the networks alone")
        return Results(
            scenes=scenes,
            machine=machine(),
            broker=broker.name,
            limit=f"{plan.cpu_quota:g} % of one core by {limit.how}" if limit else None,
            motion_ms=motion_ms,
            floor=measure_floor(bundle_path(config.detect.model, masks=True, model_dir=config.detect.model_dir)),
            proof=proof,
        )

    def _scene(self, name: str, film: Film, turns: "list[Turns]") -> list[Row]:
        plan = self._plan
        taken: dict[str, list[Slice]] = {one.name: [] for one in turns}
        start = 0
        for number in range(plan.slices):
            settle_s = lead_frames(name) / FPS + (plan.settle_s if number else plan.first_settle_s)
            # Back and forth, so that a machine that grows warm does not always meet the same one last.
            for one in turns if number % 2 == 0 else reversed(turns):
                self._say(f"{name}: {one.name}, {number + 1} of {plan.slices}")
                taken[one.name].append(one.take(film, start=start, settle_s=settle_s, seconds=plan.slice_s))
                self._done_s += settle_s + plan.slice_s
            # Everybody is where the turn before has left them: who jumped would be taken for a second person. With a
            # lead, each turn begins with somebody walking in.
            start = 0 if lead_frames(name) else start + round((settle_s + plan.slice_s) * FPS)
        return rows(taken)

    def _say(self, text: str) -> None:
        self._on_progress(text, self._done_s, self._plan.expected_s)


class Turns:
    """Gives a contender its turns.

    Args:
        rival: The contender's process.
        ear: Listens to what it publishes; None if it does not.
    """

    def __init__(self, rival: Rival, ear: Ear | None) -> None:
        self.name = rival.name
        self.rival = rival
        self._ear = ear

    def take(self, film: Film, *, start: int, settle_s: float, seconds: float) -> Slice:
        """Play the film to it, from a place of its endless play on, and measure after some time to settle."""
        self.rival.play(film.bgr if self.rival.spec.kind == "stock" else film.rgb, start=start)
        time.sleep(settle_s)
        if self._ear:
            self._ear.take()
        first = self.rival.look()
        time.sleep(seconds)
        last = self.rival.look()
        self.rival.pause()
        return between(first, last, self._ear.take() if self._ear else None)


@contextmanager
def _turns(
    contender: Contender,
    plan: Plan,
    config: Config,
    broker: BrokerProcess,
    limit: CpuLimit | None,
    say: Callable[[str], None],
) -> Iterator[Turns]:
    say(f"starting {contender.name}")
    with ExitStack() as stack:
        rival = stack.enter_context(
            Rival(contender.name, plan.child(contender, port=broker.port, protocol=broker.protocol))
        )
        ear = None
        if contender.kind == "daemon":
            topics = Topics(device=device_of(contender), prefix=config.mqtt.topic_prefix)
            ear = stack.enter_context(Ear(port=broker.port, topic=topics.name(Topic.LANDMARKS)))
        # Only now: starting up is not what is measured, and would take minutes.
        if limit:
            limit.add(rival.pid)
        yield Turns(rival, ear)


def plan_config(plan: Plan) -> Config:
    """The configuration behind a plan, to find models and the source by.

    Raises:
        ConfigError: With every problem, one a line.
    """
    return load(plan.config, environ=os.environ, overrides={"source.uri": plan.source or "studio"})


def frames_of(plan: Plan, name: str) -> Iterator[Frame]:
    """The frames of one of the plan's clips."""
    if plan.scenes:
        return scene_frames(name)
    return source_frames(make_source(plan_config(plan), paced=False))


def machine() -> str:
    """What this ran on, in general words."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"mediapipe {installed_version()}"
    )


def _compare(film: Film, config: Config) -> str:
    detect = config.detect
    stock, slim = (bundle_path(detect.model, masks=masks, model_dir=detect.model_dir) for masks in (True, False))
    pictures = film.rgb.pictures()[:PROOF_FRAMES]
    frames = (Frame(image=picture, t_ns=round(n * 1e9 / 30), seq=n) for n, picture in enumerate(pictures))
    found = prove(stock=stock, slim=slim, frames=frames, count=len(pictures), progress=Silence())
    return (
        f"{found.frames} frames, {found.with_pose} with a person: slim and stock bundle differ in {found.different}, "
        f"by {found.max_difference:g} at most"
    )

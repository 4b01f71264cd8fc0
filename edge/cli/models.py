"""Gets and checks the models that find people.

A model is two bundles: the stock one, and a slim one without the person's outline, which finds the same people to the
bit and is run unless outlines are asked for. Every byte is checked against the hashes that come with pose-edge.

  pose-edge models fetch                        lite, which is right for every Pi
  pose-edge models fetch full heavy             more exact, slower
  pose-edge models fetch --from /media/usb      from a file, a folder, or https://a.mirror/models
  pose-edge models list
  pose-edge models verify                       check every byte, and prove again that slim equals stock

Models go to detect.model_dir of the configuration; without one, to $STATE_DIRECTORY/models under systemd, else to
$XDG_DATA_HOME/pose-edge/models, else to ~/.local/share/pose-edge/models.
"""

import argparse
import json
import signal
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edge.cli.options import add_config, load_config
from edge.cli.progress import shown_progress
from edge.detect.bundles import check_bundle, default_model_dir, fetch_command, path_of
from edge.detect.installed import Entry, Proof, read_record
from edge.detect.manifest import Model, Variant, load_manifest
from edge.detect.progress import Progress
from edge.errors import ModelError

if TYPE_CHECKING:
    from edge.flow import Frame

SUMMARY: Final = "fetch, list and verify the models that find people"

PROOF_FRAMES: Final = 200
"""Frames over which stock and slim bundle are compared: enough for every scene, and 5 s on a PC."""
PROOF_SCENES: Final = ("walk_across", "squats", "fall_side", "sit_chair", "jacks")
"""Studio scenes of the proof: near, far, upright, lying and folded; each cut makes the detector look anew."""
PROOF_FPS: Final = 15.0
VARIANTS: Final[tuple[Variant, Variant]] = ("stock", "slim")
_NS_PER_S: Final = 1_000_000_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    fetch = actions.add_parser(
        "fetch",
        help="get models, make their bundles and prove them",
        description="Gets models from the first source that has them. What is in place is left alone.",
        epilog="A box without network: run this on another one and copy its lite.task over, then\n"
        "  pose-edge models fetch lite --from lite.task",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_models(fetch, "models to fetch: lite, full, heavy (default: lite)")
    fetch.add_argument(
        "--from",
        dest="origin",
        metavar="PATH_OR_URL",
        help="look here first: a bundle, network, npm package or wheel, a folder of them, or the URL of such a folder",
    )
    fetch.add_argument("--force", action="store_true", help="fetch and prove anew what is already in place")
    fetch.add_argument("--quiet", action="store_true", help="say nothing unless something fails")
    fetch.set_defaults(action=_fetch)

    listing = actions.add_parser(
        "list", help="what there is and what is installed", description="Lists known and installed models."
    )
    listing.add_argument("--json", action="store_true", help="as one JSON object")
    listing.set_defaults(action=_list, models=[])

    verify = actions.add_parser(
        "verify",
        help="check every byte, and prove that slim equals stock",
        description="Hashes every bundle and runs stock and slim over the same rendered people: the landmarks have to\n"
        "be the same to the bit. Exit code 3 if anything is wrong; `pose-edge models fetch` mends it.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_models(verify, "models to verify (default: all that are installed)")
    verify.add_argument(
        "--frames", metavar="N", type=_positive, default=PROOF_FRAMES, help="frames to compare (default: %(default)s)"
    )
    verify.add_argument("--json", action="store_true", help="as one JSON object")
    verify.set_defaults(action=_verify)

    for action in (fetch, listing, verify):
        action.add_argument(
            "--model-dir",
            metavar="DIR",
            type=Path,
            help="folder of the bundles (default: detect.model_dir, or see above)",
        )
        add_config(action)


def run(args: argparse.Namespace) -> int:
    """Do what was asked for."""
    code: int = args.action(args)
    return code


def _add_models(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("models", metavar="MODEL", nargs="*", help=text)


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of frames: give 1 or more")
    return number


def _fetch(args: argparse.Namespace) -> int:
    from edge.detect.fetch import Fetcher  # noqa: PLC0415 - brings MediaPipe's loader along

    # systemd and `timeout` end with SIGTERM: tidy up as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    detect = load_config(args, {"detect.model_dir": args.model_dir, "detect.model_source": args.origin}).detect
    folder = _folder(detect.model_dir)
    with shown_progress(quiet=args.quiet) as progress:
        fetcher = Fetcher(
            model_dir=folder,
            prove=lambda stock, slim: _prove(stock, slim, PROOF_FRAMES, progress),
            progress=progress,
            origin=detect.model_source,
        )
        outcomes = fetcher.fetch(args.models or ["lite"], force=args.force)
    for outcome in outcomes:
        if not args.quiet:
            fetched = "fetched from" if outcome.fetched else "in place, from"
            print(f"{outcome.model}: {fetched} {outcome.entry.source}, {_proven(outcome.entry)}; in {folder}")
    return 0


def _list(args: argparse.Namespace) -> int:
    folder = _folder(_configured_folder(args))
    record = read_record(folder)
    models = [_describe(model, folder, record.get(model.name)) for model in load_manifest().models.values()]
    if args.json:
        print(json.dumps({"model_dir": str(folder), "models": models}, indent=2))
        return 0
    print(f"Models in {folder}:")
    for model in models:
        bundles = ", ".join(
            f"{variant} {model[variant]['size'] / 1e6:.1f} MB {model[variant]['state']}" for variant in VARIANTS
        )
        print(f"  {model['name']:6} {bundles}; {model['licence']}")
        if entry := record.get(model["name"]):
            print(f"         from {entry.source}; {_proven(entry)}")
    return 0


def _verify(args: argparse.Namespace) -> int:
    folder = _folder(_configured_folder(args))
    known = load_manifest().models.values()
    installed = [model.name for model in known if any(path_of(model.name, v, folder).exists() for v in VARIANTS)]
    names = list(dict.fromkeys(args.models or installed))
    if not names:
        raise ModelError(f"No model is installed in {folder}: {fetch_command('lite', folder)}")
    models = [load_manifest().model(name) for name in names]
    with shown_progress(quiet=False) as progress:
        reports = [_check(model, folder, args.frames, progress) for model in models]
    problems = [problem for report in reports for problem in report["problems"]]
    if args.json:
        print(json.dumps({"model_dir": str(folder), "ok": not problems, "models": reports}, indent=2))
    else:
        for report in reports:
            print(_verdict(report))
    if problems:
        raise ModelError("\n".join(problems))
    return 0


def _check(model: Model, folder: Path, frames: int, progress: Progress) -> dict[str, Any]:
    problems: list[str] = []
    remedy = fetch_command(model.name, folder)
    for variant in VARIANTS:
        try:
            check_bundle(path_of(model.name, variant, folder), model.pin(variant), remedy=remedy)
        except ModelError as error:
            problems.append(str(error))
    proof = None
    if not problems:
        stock, slim = (path_of(model.name, variant, folder) for variant in VARIANTS)
        proof = _prove(stock, slim, frames, progress)
        if proof.objection:
            problems.append(f"{slim}: {proof.objection}: {remedy} --force")
    return {
        "name": model.name,
        "ok": not problems,
        "problems": problems,
        "stock_sha256": model.stock.sha256,
        "slim_sha256": model.slim.sha256,
        "proof": asdict(proof) if proof else None,
    }


def _verdict(report: dict[str, Any]) -> str:
    if report["proof"] is None:
        return f"{report['name']}: not verified: {len(report['problems'])} of 2 bundles cannot be used"
    proof = report["proof"]
    verdict = "verified" if report["ok"] else "NOT proven"
    return (
        f"{report['name']}: {verdict}: both hashes match; {proof['frames']} frames, {proof['with_pose']} with a pose, "
        f"{proof['different']} different, largest difference {proof['max_difference']:g} "
        f"(mediapipe {proof['mediapipe']}, {proof['machine']})"
    )


def _describe(model: Model, folder: Path, entry: Entry | None) -> dict[str, Any]:
    described: dict[str, Any] = {"name": model.name, "licence": model.licence}
    for variant in VARIANTS:
        path, pin = path_of(model.name, variant, folder), model.pin(variant)
        try:
            check_bundle(path, pin, remedy="")
            state = "ok"
        except ModelError:
            state = "damaged" if path.exists() else "missing"
        described[variant] = {"path": str(path), "state": state, "size": pin.size, "sha256": pin.sha256}
    return described | {
        "source": entry.source if entry else None,
        "proof": asdict(entry.proof) if entry and entry.proof else None,
        "refused": entry.refused if entry else None,
    }


def _proven(entry: Entry) -> str:
    if entry.refused:
        return f"slim refused: {entry.refused}"
    if entry.proof is None:
        return "slim not proven yet"
    return (
        f"slim equals stock on {entry.proof.frames} frames, {entry.proof.with_pose} with a pose "
        f"(mediapipe {entry.proof.mediapipe}, {entry.proof.machine})"
    )


def _prove(stock: Path, slim: Path, count: int, progress: Progress) -> Proof:
    from edge.detect.proof import prove  # noqa: PLC0415 - loads numpy

    return prove(stock=stock, slim=slim, frames=proof_frames(count), count=count, progress=progress)


def proof_frames(count: int) -> Iterator["Frame"]:
    """Rendered people for a proof: the scenes one after the other as one film of `count` frames."""
    from edge.capture.studio import studio_frames  # noqa: PLC0415 - loads OpenCV

    shares = [count // len(PROOF_SCENES) + (i < count % len(PROOF_SCENES)) for i in range(len(PROOF_SCENES))]
    seq = 0
    for scene, share in zip(PROOF_SCENES, shares, strict=True):
        for frame in studio_frames(scene, count=share, fps=PROOF_FPS):
            yield replace(frame, t_ns=round(seq * _NS_PER_S / PROOF_FPS), seq=seq)
            seq += 1


def _configured_folder(args: argparse.Namespace) -> Path | None:
    return load_config(args, {"detect.model_dir": args.model_dir}).detect.model_dir


def _folder(configured: Path | None) -> Path:
    return (configured or default_model_dir()).expanduser()

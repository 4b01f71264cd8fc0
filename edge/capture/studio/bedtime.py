"""Going to bed: movements on a `Bed`, with heights given because the body is carried by the mattress, not the floor."""

from typing import Final

from edge.capture.studio.furniture import MATTRESS_TOP_M, Bed
from edge.capture.studio.script import Label
from edge.capture.studio.stance import SITTING, STANDING, Changes, both, left
from edge.capture.studio.writer import ScriptWriter

_STANDING_PELVIS_M: Final = 0.935
_SITTING_PELVIS_M: Final = 0.56
_LYING_PELVIS_M: Final = 0.565
"""Height of the pelvis: legs and shoes; mattress and half a trunk."""

_BESIDE_M: Final = 0.83
_EDGE_M: Final = 0.41
_LEGS_UP: Final = both(hip_flexion=80, knee=70) | left(shoulder_abduction=40, shoulder_flexion=20)
_STRETCHED: Final = {
    **both(hip_flexion=6, hip_abduction=5, knee=6, ankle=-20),
    **both(shoulder_flexion=5, shoulder_abduction=16, shoulder_twist=0, elbow=18),
    "spine_bend": 0.0,
    "neck_bend": 14.0,
}
_FACING: Final = 5.0
_HALF_TURNED: Final = -20.0
_ALONG_BED: Final = -90.0


def bedside(bed: Bed) -> tuple[float, float]:
    """Where to stand, in room metres, before `go_to_bed`."""
    return bed.x - 0.2, bed.y - _BESIDE_M


def go_to_bed(writer: ScriptWriter, bed: Bed, lying_s: float) -> None:
    """From standing at the `bedside`: sit on the edge, swing the legs up, lie on the back for `lying_s`."""
    _, y = bedside(bed)
    writer.turn(_FACING)
    writer.set({"feet_anchor": 0.0, "ground_contact": 0.0, "pelvis_z": _STANDING_PELVIS_M, "y": y})
    writer.move(1.6, Label.MOVING, SITTING, _on_edge(bed)).mark("sat_down").hold(1.5, Label.SITTING)
    writer.move(1.2, Label.MOVING, _LEGS_UP, _legs_in(bed), roll=-40, heading=_HALF_TURNED)
    lying = {"x": bed.x - 0.2, "y": bed.y, "pelvis_z": _LYING_PELVIS_M, "surface_z": MATTRESS_TOP_M}
    writer.move(1.6, Label.MOVING, _STRETCHED, lying, heading=_ALONG_BED, roll=0, pitch=-90)
    writer.mark("lay_down").hold(lying_s, Label.LYING_BED)


def get_out_of_bed(writer: ScriptWriter, bed: Bed) -> None:
    """The way back from lying to standing at the `bedside`."""
    writer.move(1.6, Label.MOVING, _LEGS_UP, _legs_in(bed), {"neck_bend": 0.0}, heading=_HALF_TURNED, roll=-40, pitch=0)
    writer.move(1.2, Label.MOVING, SITTING, _on_edge(bed), heading=_FACING, roll=0).hold(1.0, Label.SITTING)
    x, y = bedside(bed)
    upright = {"x": x, "y": y, "pelvis_z": _STANDING_PELVIS_M, "surface_z": 0.0}
    writer.move(1.4, Label.MOVING, STANDING, upright).mark("got_up")
    writer.set({"feet_anchor": 1.0, "ground_contact": 1.0})


def _on_edge(bed: Bed) -> Changes:
    return {"x": bed.x - 0.2, "y": bed.y - _EDGE_M, "pelvis_z": _SITTING_PELVIS_M}


def _legs_in(bed: Bed) -> Changes:
    return {"x": bed.x - 0.25, "y": bed.y - 0.22, "pelvis_z": _SITTING_PELVIS_M, "surface_z": MATTRESS_TOP_M}

"""Meshes of quads that follow the bones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.capture.studio.rotation import Array
from edge.capture.studio.skeleton import Bone, Bones

Weights = Callable[[Array], Array]
"""From `(n, 3)` rest positions to `(n, 17)` bone weights whose rows sum to 1."""

Paint = Callable[[Array], Array]
"""From `(n, 3)` rest positions of face centres to `(n, 3)` RGB in 0..255."""

X_AXIS: Final = np.array([1.0, 0.0, 0.0])
Y_AXIS: Final = np.array([0.0, 1.0, 0.0])
Z_AXIS: Final = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A skinned mesh in its rest pose.

    Attributes:
        vertices: `(v, 4)` homogeneous rest positions, body frame, metres.
        weights: `(v, 17)` share of each bone in a vertex.
        faces: `(f, 4)` vertex numbers of each quad, counter-clockwise seen from outside.
        colours: `(f, 3)` RGB in 0..255 under full light.
        bias: `(f,)` metres by which a face counts as nearer than it is, for what lies on a surface (eyes on a face).
        parts: Vertex numbers by the bone that moves them most, for shadows.
        rest: The bones at rest.
    """

    vertices: Array
    weights: Array
    faces: NDArray[np.int64]
    colours: Array
    bias: Array
    parts: tuple[NDArray[np.int64], ...]
    rest: Bones

    def skinned(self, bones: Bones) -> Array:
        """The vertices carried along by `bones`: `(v, 3)` metres in the room (linear blend skinning)."""
        turn = bones.rotations @ self.rest.rotations.transpose(0, 2, 1)
        shift = bones.origins - (turn @ self.rest.origins[..., None])[..., 0]
        affine = np.concatenate([turn, shift[..., None]], axis=2).reshape(len(Bone), 12)
        blended = (self.weights @ affine).reshape(-1, 3, 4)
        return np.asarray((blended @ self.vertices[..., None])[..., 0])


class MeshBuilder:
    """Collects parts and joins them to a `Mesh`."""

    def __init__(self) -> None:
        self._vertices: list[Array] = []
        self._weights: list[Array] = []
        self._faces: list[NDArray[np.int64]] = []
        self._colours: list[Array] = []
        self._bias: list[Array] = []
        self._count = 0

    def add(self, vertices: Array, faces: NDArray[np.int64], weights: Array, colours: Array, bias: float) -> None:
        """Add a part as it is; shapes as in `Mesh`, vertices `(v, 3)`."""
        self._vertices.append(vertices)
        self._weights.append(weights)
        self._faces.append(faces + self._count)
        self._colours.append(colours)
        self._bias.append(np.full(len(faces), bias))
        self._count += len(vertices)

    def loft(
        self,
        centres: Array,
        half_width: Array,
        half_depth: Array,
        *,
        weights: Weights,
        paint: Paint,
        segments: int,
        across: Array = X_AXIS,
        along: Array = Z_AXIS,
        power: float = 2.0,
        bias: float = 0.0,
    ) -> None:
        """Add a closed tube through rings.

        Args:
            centres: `(n, 3)` centres of the rings.
            half_width: `(n,)` half extent of each ring along `across`.
            half_depth: `(n,)` half extent along `along`, or `(n, 2)` if it differs toward plus and minus.
            weights: Which bones move a vertex.
            paint: Colour of a face.
            segments: Corners of a ring.
            across: Unit vector of the rings' width.
            along: Unit vector of the rings' depth.
            power: Exponent of the superellipse: 2 is an ellipse, more is boxier.
            bias: See `Mesh.bias`.
        """
        rings = len(centres)
        turn = np.arange(segments) * 2 * np.pi / segments
        u = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** (2 / power)
        v = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** (2 / power)
        depth = half_depth if half_depth.ndim > 1 else np.stack([half_depth, half_depth], axis=1)
        outward = np.where(v > 0, depth[:, :1] * v, depth[:, 1:] * v)
        ring = centres[:, None] + (half_width[:, None] * u)[..., None] * across + outward[..., None] * along
        vertices = np.concatenate([ring.reshape(-1, 3), centres[:1], centres[-1:]])
        faces = _tube_faces(rings, segments)
        inner = np.concatenate(
            [
                np.repeat((centres[:-1] + centres[1:]) / 2, segments, axis=0),
                np.repeat(centres[:1] * 0.9 + centres[1:2] * 0.1, segments, axis=0),
                np.repeat(centres[-1:] * 0.9 + centres[-2:-1] * 0.1, segments, axis=0),
            ]
        )
        middles = vertices[faces].mean(axis=1)
        inward = ((middles - inner) * _area_vectors(vertices[faces])).sum(axis=1) < 0
        faces[inward] = faces[inward][:, ::-1]
        self.add(vertices, faces, weights(vertices), paint(middles), bias)

    def mesh(self, rest: Bones) -> Mesh:
        """Everything added so far as one mesh that hangs on bones that rest at `rest`."""
        vertices = np.concatenate(self._vertices)
        weights = np.concatenate(self._weights)
        owner = weights.argmax(axis=1)
        return Mesh(
            vertices=np.concatenate([vertices, np.ones((len(vertices), 1))], axis=1),
            weights=weights,
            faces=np.concatenate(self._faces),
            colours=np.concatenate(self._colours),
            bias=np.concatenate(self._bias),
            parts=tuple(np.flatnonzero(owner == bone) for bone in Bone if (owner == bone).any()),
            rest=rest,
        )


def on_bone(bone: Bone) -> Weights:
    """Weights of a part that follows one bone rigidly."""

    def weights(points: Array) -> Array:
        shares = np.zeros((len(points), len(Bone)))
        shares[:, bone] = 1
        return shares

    return weights


def along_bones(
    bones: Sequence[Bone], joints: Sequence[tuple[float, float]], position: Callable[[Array], Array]
) -> Weights:
    """Weights of a part that passes over several bones one after the other.

    Args:
        bones: The bones in order.
        joints: Between each two of them, where along the part the hand-over begins and ends.
        position: Where along the part a point is.
    """

    def weights(points: Array) -> Array:
        where = position(points)
        shares = np.zeros((len(points), len(Bone)))
        left = np.ones(len(points))
        for bone, (begin, end) in zip(bones, joints, strict=False):
            passed = smooth_step(begin, end, where)
            shares[:, bone] += left * (1 - passed)
            left = left * passed
        shares[:, bones[-1]] += left
        return shares

    return weights


def smooth_step(begin: float, end: float, x: Array) -> Array:
    """0 before `begin`, 1 after `end`, smooth between; `begin` may be the greater."""
    share = np.clip((x - begin) / (end - begin), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _tube_faces(rings: int, segments: int) -> NDArray[np.int64]:
    """Quads between the rings, then triangles (as quads with a doubled corner) that close both ends."""
    corner = np.arange(segments)
    after = (corner + 1) % segments
    row = np.arange(rings - 1)[:, None] * segments
    sides = np.stack([row + corner, row + after, row + segments + after, row + segments + corner], axis=-1)
    first, last = np.full(segments, rings * segments), np.full(segments, rings * segments + 1)
    top = (rings - 1) * segments
    caps = [np.stack([first, after, corner, first], axis=1), np.stack([last, top + corner, top + after, last], axis=1)]
    return np.concatenate([sides.reshape(-1, 4), *caps])


def _area_vectors(quads: Array) -> Array:
    """Cross product of the diagonals of `(n, 4, 3)` quads: normal to each, its length twice the area."""
    return np.cross(quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1])

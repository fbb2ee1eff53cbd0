"""Solids: run a program safely, measure, compare, render, export. Knows no grammar and no network."""

from cadgen.shape.aligned import iou_aligned, overlap_aligned
from cadgen.shape.batch import Score, score
from cadgen.shape.cadcoder import iou_cadcoder
from cadgen.shape.cadrille import chamfer_cadrille, iou_cadrille
from cadgen.shape.camera import NAMED, PUBLISHED, Camera
from cadgen.shape.chamfer import chamfer, volume_error
from cadgen.shape.execution import Execution
from cadgen.shape.iou import Overlap, iou, overlap
from cadgen.shape.mesh import NotManifold
from cadgen.shape.recording import Mass, Recording
from cadgen.shape.render import render
from cadgen.shape.sandbox import PROFILES, STEP_LIMIT, Sandbox, SandboxUnavailable
from cadgen.shape.solid import Solid
from cadgen.shape.stl import STL_LIMIT, read_stl
from cadgen.shape.structure import Structure, structure
from cadgen.shape.superposition import Superposition, placed, superpose
from cadgen.shape.takehome import iou_takehome

__all__ = [
    "NAMED",
    "PROFILES",
    "PUBLISHED",
    "STEP_LIMIT",
    "STL_LIMIT",
    "Camera",
    "Execution",
    "Mass",
    "NotManifold",
    "Overlap",
    "Recording",
    "Sandbox",
    "SandboxUnavailable",
    "Score",
    "Solid",
    "Structure",
    "Superposition",
    "chamfer",
    "chamfer_cadrille",
    "iou",
    "iou_aligned",
    "iou_cadcoder",
    "iou_cadrille",
    "iou_takehome",
    "overlap",
    "overlap_aligned",
    "placed",
    "read_stl",
    "render",
    "score",
    "structure",
    "superpose",
    "volume_error",
]

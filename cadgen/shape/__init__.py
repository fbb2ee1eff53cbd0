"""Solids: run a program safely, measure, compare, render, export. Knows no grammar and no network."""

from cadgen.shape.iou import NotManifold, iou, iou_aligned
from cadgen.shape.render import render
from cadgen.shape.sandbox import Execution, Sandbox, SandboxUnavailable
from cadgen.shape.solid import Solid
from cadgen.shape.takehome import iou_takehome

__all__ = [
    "Execution",
    "NotManifold",
    "Sandbox",
    "SandboxUnavailable",
    "Solid",
    "iou",
    "iou_aligned",
    "iou_takehome",
    "render",
]

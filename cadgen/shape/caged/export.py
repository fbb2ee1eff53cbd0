"""In a child that never ran a program: geometry bytes to the bytes of a STEP file."""

from io import BytesIO

import cadquery as cq
from OCP.IFSelect import IFSelect_ReturnStatus
from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer


def step(brep: bytes) -> bytes:
    """By a stream: a caged process opens no file."""
    writer, out = STEPControl_Writer(), BytesIO()
    writer.Transfer(cq.Shape.importBin(BytesIO(brep)).wrapped, STEPControl_StepModelType.STEPControl_AsIs)
    if writer.WriteStream(out) != IFSelect_ReturnStatus.IFSelect_RetDone:
        raise RuntimeError("the kernel cannot write this shape as STEP")
    return out.getvalue()

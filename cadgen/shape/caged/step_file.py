"""In a child that never ran a program: geometry bytes to the bytes of a STEP file, and back.

By streams: a caged process opens no file.
"""

from io import BytesIO

import cadquery as cq
from OCP.IFSelect import IFSelect_ReturnStatus
from OCP.STEPControl import STEPControl_Reader, STEPControl_StepModelType, STEPControl_Writer
from program import geometry_of


def write(brep: bytes) -> bytes:
    """STEP, a unit being a millimetre, of BinTools bytes."""
    shape = cq.Shape.importBin(BytesIO(brep))
    writer, out = STEPControl_Writer(), BytesIO()
    writer.Transfer(shape.wrapped, STEPControl_StepModelType.STEPControl_AsIs)
    if writer.WriteStream(out) != IFSelect_ReturnStatus.IFSelect_RetDone:
        raise RuntimeError("the kernel cannot write this shape as STEP")
    return out.getvalue()


def read(file: bytes) -> bytes:
    """The BinTools bytes of the solids in the file, all of its roots together."""
    reader = STEPControl_Reader()
    if reader.ReadStream("part", BytesIO(file)) != IFSelect_ReturnStatus.IFSelect_RetDone:
        raise ValueError("the kernel cannot read this as STEP")
    if not reader.TransferRoots():
        raise ValueError("the STEP file holds no shape")
    return geometry_of(cq.Shape.cast(reader.OneShape()))

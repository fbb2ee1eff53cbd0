"""In a child that never ran a program: geometry bytes to the bytes of a STEP file, and back.

By streams: a caged process opens no file.
"""

import struct
from io import BytesIO

import cadquery as cq
from OCP.IFSelect import IFSelect_ReturnStatus
from OCP.STEPControl import STEPControl_Reader, STEPControl_StepModelType, STEPControl_Writer
from program import geometry_of


def write(scaled_brep: bytes) -> bytes:
    """STEP, in millimetres, of a scale (a little-endian double) and the BinTools bytes behind it."""
    (scale,), brep = struct.unpack_from("<d", scaled_brep), scaled_brep[8:]
    shape = cq.Shape.importBin(BytesIO(brep))
    if scale != 1:
        shape = shape.scale(scale)
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

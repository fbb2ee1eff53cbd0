"""How much a solid is and where, told without a mesh: enough to see that two programs build two different parts."""

import json

import cadquery as cq
from interp import names_of
from OCP.BRepGProp import BRepGProp
from OCP.GProp import GProp_GProps
from program import result_of


def of_text(code: bytes) -> bytes:
    """`mass_of` the solid of a program of the profile `interp`, as JSON."""
    _, solids = result_of(names_of(code))
    return json.dumps(mass_of(solids)).encode()


def mass_of(solids: list[cq.Solid]) -> dict:
    """volume, area, the centre of mass and the moments of inertia, of all solids that a program left."""
    whole = solids[0] if len(solids) == 1 else cq.Compound.makeCompound(solids)
    volume, surface = GProp_GProps(), GProp_GProps()
    BRepGProp.VolumeProperties_s(whole.wrapped, volume)
    BRepGProp.SurfaceProperties_s(whole.wrapped, surface)
    centre = volume.CentreOfMass()
    inertia = volume.MatrixOfInertia()
    return {
        "volume": volume.Mass(),
        "area": surface.Mass(),
        "centre": [centre.X(), centre.Y(), centre.Z()],
        "inertia": [inertia.Value(i, i) for i in (1, 2, 3)],
        "solids": len(solids),
    }

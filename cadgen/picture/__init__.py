"""Pictures as they come from outside: any usual file, to colours and the part of the sheet that they cover."""

from cadgen.picture.picture import Picture, PictureError
from cadgen.picture.reader import read

__all__ = ["Picture", "PictureError", "read"]

"""Pictures: read from any file, and what is seen on them, whatever they were drawn with."""

from cadgen.picture.picture import Picture, PictureError
from cadgen.picture.published import are_published, published
from cadgen.picture.reader import read
from cadgen.picture.see import see
from cadgen.picture.seen import ROOM, SIDE, Seen
from cadgen.picture.sight import CHANNELS, Sight, Sights, squared
from cadgen.picture.silhouette import enclosed

__all__ = [
    "CHANNELS",
    "ROOM",
    "SIDE",
    "Picture",
    "PictureError",
    "Seen",
    "Sight",
    "Sights",
    "are_published",
    "enclosed",
    "published",
    "read",
    "see",
    "squared",
]

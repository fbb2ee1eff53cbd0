"""How pictures on disk become cases: read, looked at, and small ones kept for the sheet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cadgen.decode import Case
from cadgen.eval.case import case_of
from cadgen.picture import Picture, PictureError, Seen, Sight, Sights, read, see, squared
from cadgen.shape import NAMED, Camera

LARGEST_SHEET = 200  # pictures
FREE = "any"  # the view of a picture whose camera is to be found
_SMALL = 200  # pixels a side of a picture on the sheet


def cameras_of(views: Sequence[str], num_pictures: int) -> tuple[Camera | None, ...]:
    """The cameras of the views, None for one that is free; none where no view is named. Raises `ValueError`."""
    choices = (*NAMED, FREE)
    if unknown := [view for view in views if view not in choices]:
        raise ValueError(f"view {unknown[0]} is unknown; choose one of {', '.join(choices)}")
    if views and len(views) != num_pictures:
        counts = f"views: {len(views)}, pictures: {num_pictures}"
        raise ValueError(f"{counts}; name one view for each picture, in their order, {FREE} where it is to be found")
    return tuple(NAMED.get(view) for view in views)


@dataclass(frozen=True)
class Reader:
    """How pictures become cases. cameras: of the pictures of a part, none where all are free; page: of PDF files.

    warn: told what is doubted about a picture; shown_small: small first pictures of parts, up to `LARGEST_SHEET`.
    """

    sight: Sight | Sights
    warn: Callable[[str], object]
    cameras: tuple[Camera | None, ...] = ()
    page: int = 1
    shown_small: dict[str, Picture] = field(default_factory=dict)

    def case(self, name: str, paths: Sequence[Path]) -> Case:
        """A part as it is decoded. Raises `PictureError`."""
        pictures, seen = zip(*map(self._seen, paths), strict=True)
        if len(self.shown_small) < LARGEST_SHEET:
            self.shown_small[name] = Picture(squared(pictures[0], _SMALL))
        return case_of(name, pictures, self.sight, seen, self.cameras)

    def _seen(self, path: Path) -> tuple[Picture, Seen]:
        picture = read(path, page=self.page)
        try:
            seen = see(picture)
        except PictureError as error:
            raise PictureError(f"{path}: {error}") from None
        for doubt in seen.doubts:
            self.warn(f"{path}: {doubt}")
        return picture, seen


def readable(
    parts: Mapping[str, Sequence[Path]], reader: Reader, unread: Callable[[str, PictureError], object]
) -> Iterator[Case]:
    """The parts by their names, each loaded when it is asked for; `unread` is told of those with a bad picture."""
    for name, paths in parts.items():
        try:
            yield reader.case(name, paths)
        except PictureError as error:
            unread(name, error)

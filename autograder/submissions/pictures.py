"""Pictures in text cells: set aside from the text, made smaller where large, and counted."""

import base64
import binascii
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

#: What a browser shows, with the bytes that such a file begins with.
STARTS = {
    "image/png": b"\x89PNG\r\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
#: Bytes of a picture from which on it is made smaller, and what all those of a submission may hold.
LARGE, MOST = 500_000, 8_000_000
#: What the smallest picture counts.
_LEAST = 2_000
#: Pixels of a picture that is made smaller, and of all of these of a submission.
MAX_PIXELS, MOST_PIXELS = 50_000_000, 400_000_000
#: Made smaller are the formats of cameras and screenshots, whose decoders are few and old.
_SHRUNK = ("PNG", "JPEG")
#: Longest side and quality, tried in turn until the picture is no longer large.
_STEPS = ((1600, 85), (1200, 75), (800, 60), (600, 50))
_INLINE = re.compile(r"data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/]+={0,2})")
_NAME = "inline-{}"

#: By name, as in a notebook: the kind of a picture, and its bytes in base64.
Attachments = Mapping[str, Mapping[str, str]]


def set_aside(text: str, attachments: Attachments) -> tuple[str, dict[str, Mapping[str, str]]]:
    """Take the pictures out of a text of Markdown.

    Some editors write a pasted picture into the text, as a data: URL. It becomes an attachment, so
    that the text is as long as what was written.

    Args:
        text: the source of a cell.
        attachments: the pictures that are attached to it already.

    Returns:
        The text, which names the pictures instead, and all attachments.
    """
    found = dict(attachments)
    names: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        if match[0] not in names:
            number = len(names) + 1
            while _NAME.format(number) in attachments:
                number += 1 + len(attachments)
            names[match[0]] = _NAME.format(number)
            found[names[match[0]]] = {match[1]: match[2]}
        return f"attachment:{names[match[0]]}"

    return _INLINE.sub(named, text), found


def decoded(kind: str, data: str) -> bytes | None:
    """Return the bytes of a picture; None where ``data`` is not one of that kind in base64."""
    try:
        found = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if found.startswith(STARTS.get(kind, b"\x00none")) else None


@dataclass
class Allowance:
    """What the pictures of one submission may still take.

    Attributes:
        room: bytes of pictures that may still be kept.
        pixels: how many may still be decoded to make large pictures smaller.
        left_out: how many pictures were left out so far.
    """

    room: int = MOST
    pixels: int = MOST_PIXELS
    left_out: int = 0

    def take(self, attachments: Attachments) -> dict[str, dict[str, str]]:
        """Return the pictures that are kept: bitmaps, the large ones made smaller."""
        kept = {}
        for name, bundle in attachments.items():
            picture = self._taken(bundle)
            if picture is None:
                self.left_out += 1
            else:
                kept[name] = picture
        return kept

    def _taken(self, bundle: Mapping[str, str]) -> dict[str, str] | None:
        for kind in STARTS:
            data = decoded(kind, bundle[kind]) if kind in bundle else None
            if data is None:
                continue
            if len(data) > LARGE:
                kind, data = "image/jpeg", self._shrunk(data)
            if len(data) > self.room or not data:
                return None
            self.room -= max(len(data), _LEAST)
            return {kind: base64.b64encode(data).decode()}
        return None

    def _shrunk(self, data: bytes) -> bytes:
        """Return a picture as a JPEG that is not large; b"" where that cannot be made."""
        from PIL import Image, ImageOps  # few submissions need it

        try:
            picture: Image.Image = Image.open(io.BytesIO(data), formats=_SHRUNK)
            pixels = picture.width * picture.height
            if pixels > min(MAX_PIXELS, self.pixels):
                return b""
            self.pixels -= pixels
            picture.draft("RGB", (_STEPS[0][0], _STEPS[0][0]))
            picture = ImageOps.exif_transpose(picture).convert("RGBA")
            paper = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(paper, picture).convert("RGB")
            for side, quality in _STEPS:
                picture.thumbnail((side, side))
                made = io.BytesIO()
                picture.save(made, "JPEG", quality=quality)
                if made.tell() <= LARGE:
                    return made.getvalue()
        except Exception:  # whatever a decoder says to bytes that were made up
            return b""
        return b""

"""Pictures in written answers stay, take no words with them, and are made smaller where large."""

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from nbformat import NotebookNode
from PIL import Image
from tiny_course import NAME, RIGHT, answered, cell_of

from autograder.assignment import Assignment
from autograder.course import Course
from autograder.submissions.handed_in import read_folder
from autograder.submissions.pictures import LARGE, MOST, Allowance, set_aside
from autograder.submissions.repair import Repaired
from autograder.submissions.sanitise import sanitise

HandIn = Callable[..., Path]
SMALL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()


def picture(width: int, height: int, kind: str = "PNG", **options: object) -> bytes:
    """A picture of noise, which nothing makes smaller without making it coarser."""
    pixels = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, kind, **options)
    return made.getvalue()


def base(data: bytes) -> str:
    return base64.b64encode(data).decode()


def opened(bundle: dict[str, str]) -> Image.Image:
    ((kind, data),) = bundle.items()
    found = Image.open(io.BytesIO(base64.b64decode(data)))
    assert found.format is not None
    assert kind == f"image/{found.format.lower()}"
    return found


@pytest.fixture
def sanitised(tiny: Course, hand_in: HandIn) -> Callable[[NotebookNode], Repaired]:
    template = Assignment.load(tiny.root, NAME, tiny.solutions).template

    def run(notebook: NotebookNode) -> Repaired:
        hand_in("s", json.dumps(notebook))
        return sanitise(read_folder(tiny.submitted / "s" / NAME, f"{NAME}.ipynb"), template)

    return run


def test_a_small_picture_stays_as_it_is() -> None:
    assert Allowance().take({"a.png": {"image/png": SMALL}}) == {"a.png": {"image/png": SMALL}}


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_picture_is_made_smaller_once(kind: str) -> None:
    data = picture(2400, 1200, kind)
    assert len(data) > LARGE
    kept = Allowance().take({"a": {f"image/{kind.lower()}": base(data)}})
    small = opened(kept["a"])
    assert small.format == "JPEG"
    assert len(base64.b64decode(kept["a"]["image/jpeg"])) <= LARGE
    assert small.width == 2 * small.height >= 1000
    assert Allowance().take(kept) == kept


def test_a_photograph_stays_upright_and_see_through_becomes_paper() -> None:
    made = io.BytesIO()
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was held upright
    Image.open(io.BytesIO(picture(1600, 800))).save(made, "JPEG", quality=95, exif=turned)
    kept = Allowance().take({"a": {"image/jpeg": base(made.getvalue())}})
    assert opened(kept["a"]).height > opened(kept["a"]).width
    clear = io.BytesIO()
    noise = Image.open(io.BytesIO(picture(900, 900)))
    noise.putalpha(0)
    noise.save(clear, "PNG")
    kept = Allowance().take({"a": {"image/png": base(clear.getvalue())}})
    assert opened(kept["a"]).getpixel((5, 5)) == (255, 255, 255)


BOMB = (
    b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00\x01\x00\x00" * 2 + b"\x08\x02" + bytes(7)
)


@pytest.mark.parametrize(
    "bundle",
    [
        {"image/svg+xml": "<svg onload='alert(1)'/>"},
        {"image/png": "not base64!"},
        {"image/png": base(b"<svg onload=alert(1)>")},
        {"image/png": base(BOMB + bytes(LARGE))},
        {"image/jpeg": base(b"\xff\xd8\xff" + bytes(LARGE))},
        {"image/gif": base(b"GIF89a" + bytes(LARGE))},
    ],
)
def test_what_is_no_picture_or_cannot_be_made_smaller_is_left_out(bundle: dict[str, str]) -> None:
    allowance = Allowance()
    assert allowance.take({"a": bundle, "b": {"image/png": SMALL}}).keys() == {"b"}
    assert allowance.left_out == 1


def test_all_pictures_together_have_a_limit() -> None:
    one = base(picture(400, 400))
    allowance = Allowance()
    kept = allowance.take({str(i): {"image/png": one} for i in range(40)})
    assert sum(len(base64.b64decode(p["image/png"])) for p in kept.values()) <= MOST
    assert 0 < allowance.left_out == 40 - len(kept)
    assert Allowance(pixels=1000).take({"a": {"image/png": base(picture(600, 600))}}) == {}


def test_a_picture_in_the_text_becomes_an_attachment() -> None:
    url = f"data:image/png;base64,{SMALL}"
    text, pictures = set_aside(f"a ![x]({url}) b ![x]({url}) c", {"inline-1": {"image/gif": "x"}})
    assert text == "a ![x](attachment:inline-3) b ![x](attachment:inline-3) c"
    assert pictures["inline-3"] == {"image/png": SMALL}
    assert len(pictures) == 2
    assert set_aside("no data:image/png;base64, here", {}) == ("no data:image/png;base64, here", {})


def test_a_large_picture_in_the_text_takes_no_words_with_it(
    released: NotebookNode, sanitised: Callable[[NotebookNode], Repaired]
) -> None:
    notebook = answered(released, RIGHT)
    large = base(picture(600, 600))
    text = f"Before. ![board](data:image/png;base64,{large}) After."
    cell_of(notebook, "why-answer").source = text
    made = sanitised(notebook)
    assert made.events == ()
    cell = cell_of(made.notebook, "why-answer")
    assert cell.source == "Before. ![board](attachment:inline-1) After."
    assert opened(cell.attachments["inline-1"]).format == "JPEG"


def test_the_student_is_told_how_many_were_left_out(
    released: NotebookNode, sanitised: Callable[[NotebookNode], Repaired]
) -> None:
    notebook = answered(released, RIGHT)
    one = base(picture(400, 400))
    cell_of(notebook, "why-answer").attachments = {
        f"{i}.png": {"image/png": one} for i in range(20)
    }
    made = sanitised(notebook)
    event = made.events[-1]
    kept = cell_of(made.notebook, "why-answer").attachments
    assert (event.kind, event.detail["count"]) == ("pictures-left-out", 20 - len(kept))
    assert cell_of(made.notebook, "why-answer").source == RIGHT["why-answer"]

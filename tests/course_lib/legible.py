"""What holds for every drawing: its texts are whole, apart from each other, and large enough."""

from itertools import combinations

from matplotlib.figure import Figure

#: Pixels of a figure on a narrow phone, and points of the smallest text that is easily read.
_PHONE, _SMALLEST = 340, 9


def assert_texts_whole_and_apart(figure: Figure) -> None:
    figure.canvas.draw()
    boxes = [(t.get_text(), t.get_window_extent()) for t in figure.axes[0].texts]
    for text, box in boxes:
        assert min(box.x0, box.y0) >= 0, f"{text} is cut off"
        assert box.x1 <= figure.bbox.x1, f"{text} is cut off"
        assert box.y1 <= figure.bbox.y1, f"{text} is cut off"
    for (one, a), (other, b) in combinations(boxes, 2):
        assert not a.overlaps(b), f"{one} and {other} overlap"


def assert_legible_on_a_phone(figure: Figure) -> None:
    pixels_per_point = min(1.0, _PHONE / (figure.get_size_inches()[0] * 72))
    smallest = min(t.get_fontsize() for t in figure.axes[0].texts)
    assert smallest * pixels_per_point >= _SMALLEST

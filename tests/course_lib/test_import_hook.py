"""The tests' safety net: signatures of course_lib are really checked while tests run."""

import jaxtyping
import numpy as np
import pytest

from course_lib.reference.output import output_forward
from course_lib.reference.rnn import rnn_cell_backward
from course_lib.shapes import unchecked


def test_arguments_are_checked():
    with pytest.raises(jaxtyping.TypeCheckError):
        rnn_cell_backward(np.ones(3), ())


def test_returned_shapes_are_checked():
    with pytest.raises(jaxtyping.TypeCheckError):
        unchecked(output_forward)(np.ones((2, 3)), np.ones((3, 4)), np.ones(7))

"""Every test runs with course_lib's signatures checked and with reproducible examples."""

from hypothesis import settings
from jaxtyping import install_import_hook

# An int may stand where a float is asked for, as the typing documentation has it.
BEARTYPE = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
install_import_hook("course_lib", BEARTYPE)

settings.register_profile("course", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("course")

"""The detector of languages: py3langid, with its model as it computes fastest.

Its labels are ISO 639-1 codes (``zxx``: no language). Scores are natural logarithms: of two languages of
one text, the difference is that of their odds.
"""

from __future__ import annotations

import functools
from typing import Any


def likeliest(text: str) -> str:
    """The language that a text is in, if it is in any."""
    return str(_identifier().classify(text)[0])


def scores(text: str) -> dict[str, float]:
    """All languages with their scores, the likeliest first."""
    return dict(_identifier().rank(text))


@functools.cache
def _identifier() -> Any:
    # Imported on first use: its model takes a second to load.
    import numpy as np  # noqa: PLC0415
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.nb_ptc = identifier.nb_ptc.astype(np.float32)    # half as long a look: halves are multiplied slowly
    return identifier

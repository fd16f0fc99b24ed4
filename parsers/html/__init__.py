"""HTML: bytes → segments → bytes, by splicing.

`tokens` gives exact spans, `flow` finds the segments, `runs` cuts a run of text and inline
markup into pieces, `wording` reads and spells text, `page` puts it together, `shape` checks
an output.
"""

from parsers.html.page import outside, parse, render
from parsers.html.shape import compare, dead_links

__all__ = ["compare", "dead_links", "outside", "parse", "render"]

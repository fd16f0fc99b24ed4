"""Word documents (Office Open XML, ISO/IEC 29500): .docx, .docm, .dotx, .dotm."""

from parsers.docx.document import parse, render
from parsers.docx.outside import outside
from parsers.docx.shape import compare, dead_links

__all__ = ["compare", "dead_links", "outside", "parse", "render"]

"""Word documents (Office Open XML, ISO/IEC 29500): .docx, .docm, .dotx, .dotm."""

from parsers.docx.document import parse, render
from parsers.docx.shape import compare, outside

__all__ = ["compare", "outside", "parse", "render"]

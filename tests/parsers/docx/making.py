"""Small Word documents for tests, from the XML of their body."""

import io
import zipfile

from parsers.document import Code, CodeKind, Content, Document
from parsers.docx import parse
from parsers.options import ParseOptions

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
NAMESPACES = (f'xmlns:w="{W}" xmlns:r="{R}" xmlns:v="urn:schemas-microsoft-com:vml" '
              'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
              'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
              'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
              'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
              'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
              'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"')
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

STYLES = f"""{DECLARATION}<w:styles xmlns:w="{W}">
<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="en-GB"/></w:rPr></w:rPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="P1"><w:name w:val="Source Code"/></w:style>
<w:style w:type="paragraph" w:styleId="P2"><w:name w:val="DoNotTranslate"/></w:style>
<w:style w:type="paragraph" w:styleId="P3"><w:name w:val="Listing caption"/></w:style>
<w:style w:type="character" w:styleId="C1"><w:name w:val="Verbatim Char"/></w:style>
<w:style w:type="character" w:styleId="C2"><w:name w:val="Keyword Token"/><w:basedOn w:val="C1"/></w:style>
</w:styles>"""

KINDS = {"header": "hdr", "footer": "ftr", "footnotes": "footnotes", "endnotes": "endnotes", "comments": "comments"}


def package(members: dict[str, str | bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    """A zip with these members, in this order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6))
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return out.getvalue()


def members(body: str, parts: dict[str, tuple[str, str]] | None = None, main: str = "word/document.xml",
            content_type: str = MAIN) -> dict[str, str | bytes]:
    """The members of a document. ``parts``: name in ``word/`` → (kind of relationship, XML)."""
    folder, _, base = main.rpartition("/")
    parts = {"styles.xml": ("styles", STYLES), **(parts or {})}
    links = "".join(f'<Relationship Id="rId{n}" Type="{R}/{kind}" Target="{name}"/>'
                    for n, (name, (kind, _)) in enumerate(parts.items(), 1))
    return {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="application/'
                               f'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
                               f'"application/xml"/><Override PartName="/{main}" ContentType="{content_type}"/></Types>',
        "_rels/.rels": f'{DECLARATION}<Relationships xmlns="{RELS}"><Relationship Id="rId1" '
                       f'Type="{R}/officeDocument" Target="{main}"/></Relationships>',
        main: f"{DECLARATION}<w:document {NAMESPACES}><w:body>{body}<w:sectPr/></w:body></w:document>",
        f"{folder}/_rels/{base}.rels": f'{DECLARATION}<Relationships xmlns="{RELS}">{links}</Relationships>',
        **{f"{folder}/{name}": xml for name, (_, xml) in parts.items()},
    }


def story(kind: str, inner: str) -> tuple[str, str]:
    """A header, footer, notes or comments part for `members`."""
    return kind, f"{DECLARATION}<w:{KINDS[kind]} {NAMESPACES}>{inner}</w:{KINDS[kind]}>"


def document(body: str, parts: dict[str, tuple[str, str]] | None = None) -> Document:
    """A parsed document."""
    return parse(package(members(body, parts)), ParseOptions())


def p(*runs: str, style: str = "") -> str:
    """A paragraph."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{''.join(runs)}</w:p>"


def r(text: str, *properties: str) -> str:
    """A run. A property is the name of an element, or its XML."""
    inner = "".join(one if one.startswith("<") else f"<w:{one}/>" for one in properties)
    dress = f"<w:rPr>{inner}</w:rPr>" if inner else ""
    return f'<w:r>{dress}<w:t xml:space="preserve">{text}</w:t></w:r>'


def field(instruction: str, *result: str) -> str:
    """A complex field."""
    def step(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'
    code = f'<w:r><w:instrText xml:space="preserve"> {instruction} </w:instrText></w:r>'
    return step("begin") + code + step("separate") + "".join(result) + step("end")


def shown(items: Content) -> str:
    """A content as one readable line: ``See <1>this</1> <2 tab/>``."""
    def code(one: Code) -> str:
        match one.kind:
            case CodeKind.OPEN:
                return f"<{one.id}>"
            case CodeKind.CLOSE:
                return f"</{one.id}>"
            case _:
                return f"<{one.id} {one.label}/>"
    return "".join(item if isinstance(item, str) else code(item) for item in items)


def xml_of(output: bytes, name: str = "word/document.xml") -> str:
    """A member of an output, as text."""
    with zipfile.ZipFile(io.BytesIO(output)) as archive:
        return archive.read(name).decode()

"""What each kind of mask looks like: the table that `parsers.masking` applies.

Every pattern is linear: no two neighbouring repetitions can match the same character, loops are
possessive, and a search for a closing mark stops at the next opening one.
Where a pattern alone would take words of prose, `parsers.mask_names` has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from parsers.mask_names import (
    HUMP,
    has_letter,
    is_citation,
    is_dotted,
    is_file_name,
    is_hash,
    is_host,
    is_hump,
    is_key,
    is_path,
    is_version,
    trimmed,
)

LATIN = r"0-9A-Za-z_\xaa\xb5\xba\xc0-\xd6\xd8-\xf6\xf8-\u02af\u0300-\u036f\u1e00-\u1eff"
"""Inside of a class: what makes an ASCII token part of a longer Latin word. Other scripts do not:
``使用GitHub进行`` and ``GitHub에서`` hold a whole ``GitHub``."""

START = f"(?<![{LATIN}])"
END = f"(?![{LATIN}])"

Judge = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One look of one kind."""

    kind: str
    regex: re.Pattern[str]
    signs: tuple[str, ...] = ()
    """A text without any of these cannot match: saves the search."""
    accept: Judge | None = None
    """Has the last word on the trimmed match."""
    trim: bool = False
    """A run of characters that may have swallowed the punctuation of the sentence."""
    hint: re.Pattern[str] | None = None
    """What a text must hold as well, quicker to look for than the whole."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it occurs: (start, end), never empty."""
        return self.matches(text) if self.possible(text) else iter(())

    def possible(self, text: str) -> bool:
        """False if a quick look shows that it does not occur."""
        if self.signs:
            for sign in self.signs:                          # as a loop: any() would cost as much as the search
                if sign in text:
                    break
            else:
                return False
        return self.hint is None or self.hint.search(text) is not None

    def matches(self, text: str) -> Iterator[tuple[int, int]]:
        """The same without the quick look."""
        for match in self.regex.finditer(text):
            start, end = match.span()
            if self.trim:
                end = start + len(trimmed(match[0]))
            if start < end and (self.accept is None or self.accept(text[start:end])):
                yield start, end


def _p(kind: str, regex: str, *signs: str, accept: Judge | None = None, trim: bool = False, flags: int = 0,
       hint: str = "") -> Pattern:
    return Pattern(kind, re.compile(regex, flags), signs, accept, trim, re.compile(hint) if hint else None)


def _between(opener: str, closer: str) -> str:
    """From an opening to its closing mark, over no second opening and no blank line."""
    return rf"{opener}(?:(?!{opener}|{closer}|\n[ \t]*\n).)*+{closer}"


FORMAT = r"%(?:\d+\$)?[-+0#]*+\d*+(?:\.\d+)?(?:hh|h|ll|l|z|j|t|q|L)?[diouxXeEfFgGcsSp@]"
TIME = r"%[-#]?[YmdHMSyBbjIpZzAaeTF]"
ADMONITION = (r"(?:note|tip|info|warning|caution|danger|important|hint|attention|error|example|question|quote|success|"
              r"failure|bug|abstract|summary|tldr|details|seealso|todo|admonition)")
MEDIA = (r"(?:json|xml|html|plain|css|csv|javascript|markdown|calendar|png|jpeg|gif|webp|svg\+xml|mpeg|mp4|pdf|zip|"
         r"gzip|yaml|octet-stream|form-data|mixed|problem\+json|x-[a-z0-9.+-]+|vnd\.[a-z0-9.+-]+)")
URL = r"[^\s<>\"`|\\^\u00ab\u00bb\u2018-\u201f\u2e80-\uffef]"
"""Inside of a URL; East Asian text stands beside it without a space."""
TAG = rf"{LATIN}\u0370-\u07ff\u0900-\u0dff\uac00-\ud7af"
"""Inside of a class: letters of a hashtag, in scripts that put a space after it."""
NAME = r"[A-Za-z_$][A-Za-z0-9_$]*+"
MEMBER = r"[A-Za-z_~][A-Za-z0-9_]*+"
BEFORE = rf"(?<![{LATIN}.])"
RELEASE = r"[-.+]?(?:alpha|beta|rc|dev|snapshot|SNAPSHOT|preview|pre|post|a|b)[-.]?\d*+|-[a-z]{0,4}\d[\w.]*+"
MIXED = r"\d(?=[a-f])|[a-f](?=\d)"
ELEMENT = (r"(?:a|abbr|article|aside|audio|b|blockquote|body|br|button|caption|code|col|dd|del|details|div|dl|dt|em|"
           r"figcaption|figure|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|label|li|link|main|mark|"
           r"meta|nav|ol|option|p|pre|s|samp|script|section|select|slot|small|span|strong|style|sub|summary|sup|svg|"
           r"table|tbody|td|template|textarea|tfoot|th|thead|title|tr|u|ul|var|video)")
EMOJI = r"(?:[a-z][a-z0-9_+-]*+|\+1|-1|100|1234)"

PATTERNS: tuple[Pattern, ...] = (
    _p("shortcode", _between(r"\{\{<", r">\}\}"), "{{<", flags=re.DOTALL),
    _p("shortcode", _between(r"\{\{%", r"%\}\}"), "{{%", flags=re.DOTALL),
    _p("shortcode", r"\[\[(?!\s)[^\[\]\n]{1,200}+\]\]", "[[", accept=has_letter),
    _p("shortcode", r"\[[A-Za-z][\w-]*+(?:\s++[\w-]++=(?:\"[^\"\n]*+\"|'[^'\n]*+'))++\s*+/?\]", "="),
    _p("shortcode", r"\[/[a-z][\w-]*+\]", "[/"),
    _p("shortcode", rf"(?<![{LATIN}:]):{EMOJI}:(?![{LATIN}:`])", ":"),
    _p("template", r"\{\{\{(?:(?!\{\{|\}\}|\n[ \t]*\n).)*+\}\}\}", "{{{", flags=re.DOTALL),
    _p("template", r"\$?" + _between(r"\{\{", r"\}\}"), "{{", flags=re.DOTALL),
    _p("template", _between(r"\{%", r"%\}"), "{%", flags=re.DOTALL),
    _p("template", _between(r"\{#", r"#\}"), "{#", flags=re.DOTALL),
    _p("template", _between(r"\{\*", r"\*\}"), "{*", flags=re.DOTALL),
    _p("template", _between("<%", "%>"), "<%", flags=re.DOTALL),
    _p("template", _between(r"<\?(?:php|=)", r"\?>"), "<?", flags=re.DOTALL),
    _p("directive", r"^[ \t]*+:::+[ \t]*+\{?[A-Za-z][\w-]*+\}?", ":::", flags=re.MULTILINE),
    _p("directive", rf"^[ \t]*+(?:!!!|\?\?\?\+?)[ \t]++{ADMONITION}\b", "!!!", "???", flags=re.MULTILINE),
    _p("directive", r"^[ \t]*+(?:///[ \t]++[a-z][\w-]*+|\.\.[ \t][A-Za-z][\w+-]*+(?::[\w+-]++)*+::)", "///", "::",
       flags=re.MULTILINE),
    _p("directive", r"\[!(?:[A-Z]{3,})\][+-]?|\[\[?_?TOC_?\]?\]", "[!", "TOC"),
    _p("directive", r"\{(?::[ \t]*+)?[#.][A-Za-z][^{}\n]*+\}|\{:[ \t]*+[A-Za-z][\w-]*+=[^{}\n]++\}", "{#", "{.", "{:"),
    _p("directive", r"(?<![=\w])==(?=[^\s=])|(?<=[^\s=])==(?![=\w])", "=="),
    _p("math", r"(?<=\w)(?:~[A-Za-z0-9+-]{1,3}~(?!~)|\^[A-Za-z0-9+-]{1,3}\^)", "~", "^"),
    _p("math", _between(r"\\\(", r"\\\)"), "\\(", flags=re.DOTALL),
    _p("math", _between(r"\\\[", r"\\\]"), "\\[", flags=re.DOTALL),
    _p("math", r"\$\$(?:(?!\$\$|\n[ \t]*\n).)++\$\$", "$$", flags=re.DOTALL),
    _p("role", r":[A-Za-z][\w.+-]*+(?::[\w.+-]++)*+:`[^`\n]++`|\{[A-Za-z][\w.+:-]*+\}`[^`\n]++`", "`"),
    _p("role", rf"(?<![{LATIN}:]):[a-z][\w.+-]*+(?::[\w.+-]++)+:(?=`|$)|(?<![{LATIN}:]):[a-z][\w.+-]*+:(?=`)", ":"),
    _p("placeholder", r"\{\s*+\w+\s*+,\s*+(?:plural|select|selectordinal)\s*+,"
       r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+\}", "plural", "select"),
    _p("placeholder", r"\{\s*+[\w.]+\s*+,\s*+(?:number|date|time|spellout|ordinal|duration)\b[^{}\n]*+\}", "{"),
    _p("placeholder", r"(?<!\{)\{(?:[A-Za-z0-9_][\w.\-]*+(?:\[\w*\])?(?:![rsa])?(?::[^{}\s]{0,20})?)?\}(?!\})", "{"),
    _p("placeholder", r"[$#@%]\{[^{}\n]{1,80}+\}|\{\$[^{}\n]{1,80}+\}", "{"),
    _p("placeholder", r"\$t\([^()\n]{1,80}+\)|\$\([A-Za-z_][^()\n]{0,80}+\)", "$"),
    _p("placeholder", r"%\([\w.]++\)[-+0#]*+\d*+(?:\.\d+)?[diouxXeEfFgGcrsa]", "%("),
    _p("placeholder", rf"(?<![\w%]){FORMAT}(?:{FORMAT}|%%)*+(?![\w%])", "%"),
    _p("placeholder", rf"(?<![\w%]){TIME}(?:[-/:.,T _]*+{TIME})+(?!\w)", "%"),
    _p("placeholder", rf"(?<![{LATIN}\]\\!])\[(?:{HUMP.pattern}|[A-Z][A-Z0-9]*+(?:_[A-Z0-9]++)++|"
       r"[a-z][a-z0-9]*+(?:_[a-z0-9]++)++)\](?![\[(:])", "["),
    _p("placeholder", rf"(?<![{LATIN}%])%%[A-Za-z_]\w*+%%(?![{LATIN}%])", "%"),
    _p("citation", r"\[[^\[\]@]{0,80}@[^\[\]]{1,400}\](?![\[(:])", "[", accept=is_citation, hint="@"),
    _p("citation", rf"(?<![{LATIN}@./])@[A-Za-z_]\w*+(?:[:.+/-]\w++)*+(?:[ \n]\[[^\[\]@]{{1,80}}\](?![\[(:]))?", "@",
       accept=is_key),
    _p("url", rf"(?:\b[A-Za-z][A-Za-z0-9+.-]{{0,30}}|https?|ftp)://{URL}++", "://", trim=True),
    _p("url", rf"{START}(?:mailto|tel|sms|data|urn|doi|magnet|javascript|callto|xmpp):{URL}++", ":", trim=True,
       accept=lambda run: len(run.partition(":")[2]) > 2),
    _p("url", rf"{START}www\.[A-Za-z0-9-]++\.{URL}++", "www.", trim=True),
    _p("url", rf"(?<![{LATIN}.@/-])[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++(?::\d++)?(?:[/?#]{URL}*+)?", trim=True,
       accept=is_host, hint=r"\.(?=[a-z]{2})"),
    _p("url", rf"{START}(?:localhost|\d{{1,3}}(?:\.\d{{1,3}}){{3}})(?::\d++(?:/{URL}*+)?|/{URL}*+)", trim=True,
       hint=r"localhost|\d\.\d"),
    _p("email", r"(?<![A-Za-z0-9._+-])[A-Za-z0-9][A-Za-z0-9._+-]*+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
       r"(?![A-Za-z0-9-])", "@"),
    _p("path", rf"(?<![{LATIN}\\])(?:[A-Za-z]:|%\w++%|\\\\[\w.$-]++|[\w.-]++)(?:\\(?:Program Files(?: \(x86\))?|"
       r"[^\s\\/:*?\"<>|,;()\[\]{}$]++))++\\?", "\\", trim=True,
       accept=lambda run: run[1:2] == ":" or run[0] in "\\%" or is_file_name(run.rpartition("\\")[2])),
    _p("path", f"(?<![{LATIN}])(?:application|text|image|audio|video|multipart|font)/{MEDIA}{END}", "/"),
    _p("identifier", f"{START}(?:[A-Z][A-Za-z]*+\\.js|ASP\\.NET|VB\\.NET|ML\\.NET|ADO\\.NET){END}", ".js", ".NET"),
    _p("path", rf"(?<!<)(?:\*(?=[.*/])|[{LATIN}./~%@])[{LATIN}./~%+*@-]*+", trim=True, accept=is_path,
       hint=r"/|\.(?=[A-Za-z])"),
    _p("version", rf"(?<![{LATIN}.,$€£])(?:[vV]\d++(?:\.(?:\d++|x))*+|[~^]?\d++(?:\.\d++)++)(?:{RELEASE})?"
       rf"(?:\+[\w.]++)?{END}(?!\.\d|[,%]\d|\s?%)", accept=is_version, hint=r"[\d.vV](?=\d)"),
    _p("version", rf"(?<![{LATIN}.,])\d++(?:\.\d++)*+\.x{END}", ".x"),
    _p("mention", rf"(?<![{LATIN}@./])@[A-Za-z0-9][\w-]*+(?:/[\w.-]++)?", "@", accept=has_letter, trim=True),
    _p("hashtag", rf"(?<![{LATIN}&#/])#[{TAG}][{TAG}-]*+", "#", accept=has_letter, trim=True),
    _p("identifier", f"{START}(?:{HUMP.pattern}){END}", accept=is_hump, hint=r"[A-Z](?<=[a-z0-9].)"),
    _p("identifier", f"{START}_*[A-Za-z0-9]+(?:_+[A-Za-z0-9]+)+_*{END}", "_", accept=has_letter),
    _p("identifier", rf"{START}__(?:init|main|name|file|all|str|repr|call|enter|exit|del|new|dict|class|doc|len|iter|"
       rf"next|version|slots|eq|hash|getattr|setattr|getitem|setitem|import|dirname|filename|typename)__{END}", "__"),
    _p("identifier", rf"</?{ELEMENT}(?:\s[^<>\n]*+)?/?>", "<"),
    _p("identifier", rf"{BEFORE}{NAME}(?:\.{NAME})++(?:\(\))?{END}", accept=is_dotted, hint=r"\.(?=[A-Za-z_$])"),
    _p("identifier", rf"{BEFORE}{NAME}(?:(?:::|->){MEMBER})*+\(\)", "()"),
    _p("identifier", rf"{START}[A-Za-z_][A-Za-z0-9_]*+(?:::{MEMBER})++{END}", "::"),
    _p("identifier", rf"(?<![{LATIN}-])--[a-z][a-z0-9]*+(?:[-.][A-Za-z0-9]++)*+(?:=[^\s,;()\[\]{{}}<>\"'`]++)?(?!-)",
       "--", trim=True),
    _p("identifier", rf"(?<![{LATIN}$])\$[A-Za-z_][A-Za-z0-9_]++{END}|(?<![{LATIN}%])%[A-Z][A-Z0-9_]++%", "$", "%"),
    _p("identifier", rf"{START}[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}{END}", "-"),
    _p("identifier", rf"{START}(?:sha(?:1|256|512)[:-])?[0-9a-f]{{7,128}}+{END}", accept=is_hash, hint=MIXED),
    _p("identifier", rf"{START}0[xX][0-9a-fA-F]++{END}", "0x", "0X"),
)
"""Ties go to the earlier kind."""

SUSPECT = re.compile(
    r"[_/\\@#%$={}<>\[\]`~+^|\d]|[.:](?=[^\s\"'’”)])|[a-z](?=[A-Z])|\(\)|--|!!!|\?\?\?|\.\. ")
"""What every mask holds: most prose holds none of it and is done after one search."""

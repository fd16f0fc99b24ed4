"""Telling names from prose: which runs of characters are paths, hosts, versions, identifiers.

Precision comes first: a word that a reader would expect to be translated is no name, even if
some product is spelled like it. So ``Node.js`` and ``GitHub`` are names; ``iPhone``, ``WiFi``,
``SaaS``, ``PhD``, ``mRNA``, ``McDonald`` and words in capitals are left to the engine.
"""

from __future__ import annotations

import re

CLOSERS = {")": "(", "]": "[", "}": "{"}


def trimmed(run: str) -> str:
    """A run without what belongs to the sentence: final punctuation, brackets never opened in it."""
    depth = dict.fromkeys(CLOSERS.values(), 0)
    for at, char in enumerate(run):
        if char in depth:
            depth[char] += 1
        elif char in CLOSERS:
            depth[CLOSERS[char]] -= 1
            if depth[CLOSERS[char]] < 0:
                run = run[:at]
                break
    return run.rstrip(".,;:!?'\"([{*’”»…")


TOP_LEVEL = frozenset(re.findall(r"\w+", """
    com org net edu gov mil io dev app ai info biz eu de fr uk ch nl ru jp cn br es pl se cz au ca kr tw sh ly gg tv cc
    xyz tech cloud online site blog page local example test"""))
"""Last labels of bare host names that are no common word after a forgotten space (unlike .in, .is, .it, .so)."""

EXTENSIONS = frozenset(re.findall(r"\w+", """
    md mdx markdown rst txt tex html htm xhtml css scss sass less js mjs cjs jsx ts tsx vue svelte json jsonc json5
    jsonl yaml yml toml ini cfg conf config env xml xsd xsl xslt svg csv tsv sql db sqlite parquet avro proto py pyi
    pyc ipynb pyx rb rs go java kt kts scala groovy gradle swift c h cc cpp cxx hpp hh cs fs vb php pl lua r jl hs
    erl ex exs clj elm dart sh bash zsh fish ps1 bat cmd exe dll dylib jar war apk ipa deb rpm msi dmg iso img zip
    tar gz tgz bz2 xz zst 7z rar pdf doc docx docm dot dotx xls xlsx xlsm ppt pptx odt ods odp rtf epub mobi png jpg
    jpeg gif webp bmp ico tif tiff psd ai eps mp3 mp4 m4a m4v mov avi mkv webm ogg wav flac ttf otf woff woff2 log
    lock pem crt cer csr pub pid sock tf tfvars tmpl tpl j2 jinja erb ejs hbs adoc asciidoc bib patch diff wasm whl
    po pot mo xlf xliff tmx srt vtt mk cmake service properties gitignore dockerignore npmrc editorconfig"""))

DOT_FILES = re.compile(r"\.(?:git\w*|env|npmrc|nvmrc|bashrc|bash_profile|zshrc|profile|ssh|vscode|github|docker\w*|"
                       r"editorconfig|eslintrc|eslintignore|prettierrc|prettierignore|babelrc|htaccess|vimrc|gitlab-ci)")

SOURCE_ROOTS = frozenset(("src", "docs", "node_modules", "pkg", "dist", "lib", "cmd", "usr", "var", "etc", "tests"))
"""First folders of relative paths that have no other mark of a path: ``docs/guide``."""


def has_letter(text: str) -> bool:
    """Anything that a language could change."""
    return any(map(str.isalpha, text))


def is_file_name(name: str) -> bool:
    """A name with a known extension in one case (not ``end.In``), or a known dot file."""
    stem, dot, extension = name.rpartition(".")
    if DOT_FILES.fullmatch(name):
        return True
    if not dot or ".." in name or extension.lower() not in EXTENSIONS or extension not in (extension.lower(),
                                                                                         extension.upper()):
        return False
    if len(extension) == 1:                                 # main.c, but not “vitamin A.C”
        return len(stem) > 1 and stem.isascii() and extension.islower() and stem == stem.lower()
    return True


def is_path(run: str) -> bool:
    """A file name, or names between slashes that are not prose like ``and/or``, ``A/B`` or ``1/2``."""
    parts = run.split("/")
    if "//" in run or not has_letter(run):
        return False
    if len(parts) == 1:
        return is_file_name(run)
    names = [part for part in parts if part]
    if is_file_name(names[-1]) or parts[0] in ("~", ".", ".."):
        return True
    if not run.isascii():
        return False
    if not parts[0]:
        return len(names) > 1 or bool(re.fullmatch(r"/[a-z0-9][a-z0-9_.-]*/?", run))
    odd = any(re.match(r"\.[a-z]|[^_]+_[^_]|\*", name) for name in names)
    return (odd or (not parts[-1] and len(names) > 1 and run.islower())
            or (names[0] in SOURCE_ROOTS and run.islower()))


def is_host(name: str) -> bool:
    """``example.com`` with what follows it; not two words around a forgotten space."""
    labels = re.split(r"[:/?#]", name, maxsplit=1)[0].split(".")
    return labels[-1] in TOP_LEVEL and any(map(str.isalpha, labels[-2])) and len(labels[-2]) > 1


def is_hump(word: str) -> bool:
    """Two humps and five characters at least; not a name with a prefix, not a German ``LehrerInnen``."""
    return len(word) >= 5 and not NO_HUMP.fullmatch(word)


NO_HUMP = re.compile(r"(?:Mc|Mac|De|Des|Di|Du|La|Le|Van|Von|Fitz|St|O)[A-Z][a-z]+|\w+[a-z]Innen|\w+(?:er|or|ent|ist)In|"
                     r"[a-z][A-Z]+[a-z]?|[A-Z]{2,}s?")


LOCATOR = (r"(?:pp?|ch(?:ap|apter)?s?|sec(?:tion)?s?|figs?|tab(?:le)?s?|vols?|no|para|part|book|col|fol|line|note|eqs?|"
           r"theorem|lemma|bk|art|app)\b\.?|[§¶]+|\d")
CITED = re.compile(r"(?P<before>(?:[^@]*\s)?)-?@(?P<key>\{[^{}\s]+\}"
                   r"|\w+(?:[:.#$%&+?<>~/-]+\w+)*)(?P<after>.*)", re.DOTALL)
BEFORE = re.compile(r"(?:(?:see|also|cf\.?|e\.g\.,?|compare|but|vgl\.|siehe|voir)\s+)*", re.IGNORECASE)
AFTER = re.compile(rf"\s*(?:[,:]?\s*(?:{LOCATOR})[^@]*)?", re.DOTALL)
"""What stands around a key in a citation: https://pandoc.org/MANUAL.html#citation-syntax"""


def is_citation(run: str) -> bool:
    """``[see @doe2020, chap. 3; also @roe2021]``: a key with a digit may stand beside any words, another one not."""
    for part in run[1:-1].split(";"):
        found = CITED.fullmatch(part.strip())
        if found is None:
            return False
        after = found["after"]
        if any(map(str.isdigit, found["key"])):
            if after and not after.startswith(",") and not AFTER.fullmatch(after):
                return False
        elif not (BEFORE.fullmatch(found["before"]) and AFTER.fullmatch(after)):
            return False
    return True


def is_key(run: str) -> bool:
    """``@doe2020``, ``@fig:plot``, ``@doe2020 [p. 33]``: what is no key is a mention at most."""
    key, bracket, locator = run.partition("[")
    if bracket:
        return any(map(str.isdigit, key)) and re.match(LOCATOR, locator) is not None
    return ":" in key or ("." in key and any(map(str.isdigit, key)))


def is_dotted(name: str) -> bool:
    """``os.path.join``, ``Console.WriteLine``, ``f.read()``: not a full stop without its space."""
    if name.endswith("()"):
        return True
    parts = name.split(".")
    if min(map(len, parts)) < 2:
        return False
    first, last = parts[0], parts[-1]
    return (len(parts) > 2 or "_" in name.strip("_") or HUMP.fullmatch(last) is not None
            or (HUMP.fullmatch(first) is not None and last[0].islower()))


def is_version(number: str) -> bool:
    """Not a date (``12.10.2024``) and not a number with its thousands apart (``1.000.000``)."""
    if not number[0].isdigit():
        return True
    digits = re.match(r"[\d.]+", number)
    parts = digits[0].strip(".").split(".") if digits else []
    if has_letter(number):
        return True
    if any(len(part) == 4 and part[:2] in ("19", "20") for part in (parts[0], parts[-1])):
        return False
    dated = len(parts) == 3 and all(len(part) == 2 for part in parts)
    return len(parts) >= 3 and not dated and not all(len(part) == 3 for part in parts[1:])


def is_hash(word: str) -> bool:
    """Letters and digits mixed, as no word and no number is."""
    return any(map(str.isdigit, word)) and len(set(word) - set("0123456789")) > 1


HUMP = re.compile(r"[a-z]{2,}[0-9]*[A-Z][A-Za-z0-9]*|[A-Z]+[a-z0-9]+[A-Z][A-Za-z0-9]*")

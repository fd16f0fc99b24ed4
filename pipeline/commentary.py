"""Check for what a model says about its translation: “Here is the translation:”, “Note: …”.

The phrases are listed for the languages that models comment in: that of the request, that of
the answer, and their favourites. A phrase counts only if the source has nothing like it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from parsers.document import Content
from pipeline.findings import Finding, Pair
from pipeline.languages import name_of

COLON = "[:：]"

TRANSLATION = (
    "translation", "translated text", "traduction", "traducción", "tradução", "traduzione", "übersetzung", "vertaling",
    "překlad", "tłumaczenie", "перевод", "переклад", "çeviri", "terjemahan", "bản dịch", "översättning", "oversættelse",
    "käännös", "fordítás", "traducere", "μετάφραση", "翻译", "译文", "翻譯", "譯文", "翻訳", "訳文", "번역", "الترجمة",
    "ترجمة", "ترجمه", "תרגום", "अनुवाद", "คำแปล")

NOTE = (
    "note", "notes", "translator's note", "explanation", "nota", "notas", "remarque", "observação", "hinweis",
    "anmerkung", "opmerking", "poznámka", "uwaga", "примечание", "примітка", "not", "catatan", "lưu ý", "ghi chú",
    "anmärkning", "bemærk", "huomautus", "megjegyzés", "σημείωση", "注", "注意", "注释", "註", "说明", "備考", "注記",
    "참고", "주", "ملاحظة", "הערה", "नोट", "หมายเหตุ")

PREFACES = (
    r"(?:here(?:'s|’s| is| are)|below is|this is) (?:the |your |a |my )?[^.\n]{0,40}transl\w+",
    r"(?:the|my) translation (?:is|of|into|reads)", r"i (?:have )?translated", r"i(?:'m|’m| am) sorry, (?:but )?i",
    r"i (?:cannot|can't|can’t) (?:translate|help|assist)", "as an ai", "as a language model",
    r"voici (?:la |une |votre )?[^.\n]{0,30}traduction", r"aqu[íi] (?:está|tiene|tienes|va) [^.\n]{0,30}traducci[óo]n",
    r"(?:aqui está|segue|eis) [^.\n]{0,30}tradução", r"ecco (?:la |una )?[^.\n]{0,30}traduzione",
    r"hier ist (?:die |eine )?[^.\n]{0,30}übersetzung", r"hier is (?:de |een )?[^.\n]{0,30}vertaling",
    r"oto [^.\n]{0,30}tłumaczenie", r"вот [^.\n]{0,30}перевод", r"ось [^.\n]{0,30}переклад", r"işte [^.\n]{0,30}çeviri",
    r"berikut (?:adalah )?[^.\n]{0,30}terjemahan", r"đây là [^.\n]{0,30}bản dịch",
    "以下(?:是|为|為)?[^。\n]{0,20}(?:翻译|译文|翻譯|譯文)", "以下(?:は|が)?[^。\n]{0,20}翻訳",
    "다음은[^.\n]{0,30}번역", "إليك [^.\n]{0,30}ترجمة", "إليك [^.\n]{0,30}الترجمة",
    r"यहाँ [^।\n]{0,30}अनुवाद")

AGREEMENT = ("sure", "certainly", "of course", "absolutely", "okay", "bien sûr", "claro", "por supuesto", "natürlich",
             "gerne", "certo", "certamente", "конечно", "好的", "当然", "當然", "もちろん", "물론", "بالتأكيد", "tabii")


def _any_of(phrases: tuple[str, ...]) -> str:
    return "(?:" + "|".join(sorted(phrases, key=len, reverse=True)) + ")"


START = r"^[\s*_#>\"“”«»'(（\[【-]{0,8}"
PREFACE = re.compile(START + _any_of(PREFACES), re.IGNORECASE)
AGREED = re.compile(START + _any_of(AGREEMENT) + "[!！,，.。]", re.IGNORECASE)
LABEL = re.compile(r"(?:^|\n)" + START[1:] + _any_of(TRANSLATION) + r"[^:：\n]{0,25}" + COLON, re.IGNORECASE)
REMARK = re.compile(r"(?:^|\n|[(（\[【])[\s*_]{0,6}" + _any_of(NOTE) + rf"[\s*_]{{0,3}}{COLON}", re.IGNORECASE)
AGREES = re.compile(
    "(?<![a-z])" + _any_of((*AGREEMENT, "naturally", "clearly", "obviously", "yes", "al{1,2} ?right")) + "(?![a-z])",
    re.IGNORECASE)
NOTES = re.compile(r"\b(?:not(?:e|es|ed|ing|a|iz)|remark|hint|tip|caution|warning|attention|important|"
                   r"explanation)\b|注|参考|참고", re.IGNORECASE)
ABOUT = re.compile(r"\btranslat(?:e[sd]?|ions?|ing)\b|without (?:any |additional )explanation", re.IGNORECASE)
"""English words that a draft in another language has from its prompt or from a model that explains itself."""
ABOUT_PARTS = ("translat", "explanation")
"""One of these is in all of them."""
OWN_NAMES = {
    "ar": "العربية", "de": "auf Deutsch", "es": "en español", "fr": "en français", "it": "in italiano", "ja": "日本語",
    "ko": "한국어", "nl": "in het Nederlands", "pl": "po polsku", "pt": "em português", "ru": "на русском",
    "tr": "Türkçe", "uk": "українською", "vi": "tiếng Việt", "zh": "中文",
}
"""What models call the language that they answer in, in that language."""
PARAGRAPH = re.compile(r"\n[ \t]*\n")
TRANSLATES = re.compile(_any_of((*TRANSLATION, r"transl\w+")), re.IGNORECASE)

BEGINNING = 40
"""Characters in which a source may speak of a translation itself: “Translated by: …”."""

QUOTED = re.compile(r"\s*(?:\"[^\"]+\"|“[^“”]+”|«[^«»]+»|„[^„“”]+[“”]|「[^「」]+」|『[^『』]+』|'[^']+'|‘[^‘’]+’)\s*")
QUOTES = "\"“”„«»「」『』'‘’"


def check_commentary(pair: Pair) -> Iterator[Finding]:
    """Nothing about the translation in the translation, no quotation marks around the whole, no second paragraph."""
    before, after = pair.before.text, pair.after.text
    said = (
        _unlike(before, PREFACE.match(after), PREFACE) or _unlike(before, AGREED.match(after), AGREES)
        or (LABEL.search(after) if _colons(after) and not TRANSLATES.search(before[:BEGINNING]) else None)
        or _remark(before, after) or _aside(pair))
    if said is not None:
        yield Finding("commentary", "error", f"the draft says “{said[0].strip()}”, the source nothing like it")
    elif QUOTED.fullmatch(after) and not any(quote in before for quote in QUOTES):
        yield Finding("commentary", "error", "the whole draft stands in quotation marks")
    elif "\n" in after and _paragraphs(pair.draft) > _paragraphs(pair.source):
        yield Finding("commentary", "error", "the draft has a paragraph more than the source")


def _unlike(source: str, said: re.Match[str] | None, explained: re.Pattern[str]) -> re.Match[str] | None:
    """What a draft says, if nothing in its source explains it."""
    return None if said is None or explained.search(source) else said


def _aside(pair: Pair) -> re.Match[str] | None:
    """A word about the translation or its language within the draft, the source having none about either."""
    if pair.target_locale.language == "en":
        return None
    about = ABOUT.search(pair.after.text) if any(part in pair.after.folded for part in ABOUT_PARTS) else None
    return _unlike(pair.before.text, about or _named(pair), TRANSLATES)


def _named(pair: Pair) -> re.Match[str] | None:
    """The name of the target language, which the source does not speak of."""
    name, own = name_of(pair.target_locale), OWN_NAMES.get(pair.target_locale.language)
    said = [one for one in (name, own) if one and one.casefold() in pair.after.folded]
    if not said or name == pair.target_locale.tag or name.casefold() in pair.before.folded:
        return None
    return _name_pattern(name, own).search(pair.after.text)


@functools.cache
def _name_pattern(name: str, own: str | None) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{re.escape(name)}{f'|{own}' if own else ''})\b", re.IGNORECASE)


def _paragraphs(items: Content) -> int:
    text = "".join(item if isinstance(item, str) else "." for item in items).strip()
    return len(PARAGRAPH.findall(text))


def _colons(text: str) -> int:
    return text.count(":") + text.count("：")


def _remark(before: str, after: str) -> re.Match[str] | None:
    """A note that no note and no label of the source explains."""
    explained = _colons(before) >= _colons(after) or NOTES.search(before) or REMARK.search(before)
    return None if explained else REMARK.search(after)

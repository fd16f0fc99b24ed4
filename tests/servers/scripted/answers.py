"""What the scripted model says: the text to translate with each word swapped for a word of the target language.

The same word always becomes the same word. Tags, numbers, addresses and punctuation stay; terms that the
prompt gives are obeyed.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

WORDS = {
    "Portuguese": "o de um em com que não uma para mais por como mas foi ele das tem seu sua ou ser quando muito nos já está "
    "eu também só pelo pela até isso ela entre era depois sem mesmo aos ter seus quem nas esse eles estão você tinha "
    "foram essa num nem suas meu minha numa elas havia seja qual será nós tenho lhe deles essas esses pelas este dele "
    "página arquivo servidor usuário sistema configuração versão projeto documento janela ambiente caminho "
    "ferramenta exemplo chamada linguagem biblioteca desenvolvimento informação aplicação",
    "Spanish": "el de un en con que no una para más por como pero fue del los las su lo o ser cuando muy ya está yo también "
    "hasta hay donde quien desde todo nos durante todos uno les ni contra otros ese eso ante ellos esto antes algunos "
    "página archivo servidor usuario sistema configuración versión proyecto documento ventana entorno camino "
    "herramienta ejemplo llamada lenguaje biblioteca desarrollo información aplicación",
    "French": "le de un en avec que ne une pour plus par comme mais fut du les des sa ce ou être quand très déjà est je aussi "
    "jusque où qui depuis tout nous pendant tous leur ni contre autres cela avant eux ceci quelques "
    "page fichier serveur utilisateur système configuration version projet document fenêtre environnement chemin "
    "outil exemple appel langage bibliothèque développement information application",
    "German": "der die das und in zu den nicht von sie ist des sich mit dem dass er es ein ich auf so eine auch als an nach wie "
    "im für man aber aus durch wenn nur war noch werden bei hat wir was wird sein einen welche sind oder "
    "Seite Datei Rechner Benutzer System Einstellung Fassung Vorhaben Fenster Umgebung Werkzeug Beispiel "
    "Sprache Bibliothek Entwicklung Auskunft Anwendung",
    "Russian": "и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой что весь год от так о для "
    "ты же все тот мочь вы человек такой его сказать только или ещё бы себя один как уже "
    "страница файл сервер пользователь система настройка версия проект документ окно среда путь "
    "инструмент пример вызов язык библиотека разработка приложение",
    "Chinese": "的 是 在 了 和 有 我们 这个 不 人 上 他 为 来 个 到 说 要 时候 可以 大 国 地方 出 就 分 对 成 会 使用 "
    "页面 文件 服务器 用户 系统 设置 版本 项目 文档 窗口 环境 路径 工具 例子 调用 语言 程序库 开发 信息 应用",
    "Japanese": "の は に を た が で て と し れ さ ある いる も する から な こと として い や など なし "
    "ページ ファイル サーバー 利用者 システム 設定 版 計画 文書 窓 環境 経路 道具 例 言語 開発 情報 応用",
    "Arabic": "في من على أن إلى التي عن مع هذا كان ما لا هو ذلك الذي هذه بين كل بعد قد حيث كما لم أو قبل عند "
    "صفحة ملف خادم مستخدم نظام إعداد نسخة مشروع وثيقة نافذة بيئة مسار أداة مثال لغة مكتبة تطوير معلومات تطبيق",
}
NAMED = {"葡萄牙语": "Portuguese", "西班牙语": "Spanish", "法语": "French", "德语": "German", "俄语": "Russian",
         "中文": "Chinese", "日语": "Japanese", "阿拉伯语": "Arabic"} | {name: name for name in WORDS}
UNSPACED = {"Chinese", "Japanese"}
TARGET = re.compile("(?:into|to|翻译为|翻译成) ?(?:[A-Z][a-z]+ )*?(" + "|".join(NAMED) + ")")
TERM = re.compile(r"^[-*• ]*[“\"]?(\S[^\n]*?)[”\"]? *(?:翻译成|translates to|→|->|=>|=) *[“\"]?([^\n]*?\S)[”\"]?;?$", re.MULTILINE)
WRAPPED = re.compile(r".*<source>(.*)</source>\s*\Z", re.DOTALL)
ASKING = re.compile(r"\A(?:.*\n)*(?:.*[:：]|\[Source Text\]|【待翻译文本】)\n(?=.)")
KEPT = re.compile(r"(<[^<>]{1,200}>|https?://\S+|[!-;=?-~]*[\d_@\\][!-;=?-~]*)")
TWO_DIGITS = "root ::= [0-9] [0-9]"
SHORT = ("42", "7", "ok", "yes")
WORD = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]{1,2}|[^\W\d_\u3041-\u30ff\u3400-\u9fff]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model is told."""

    prompt: str
    constraint: Mapping[str, Any] = field(default_factory=dict)
    """The request's ``structured_outputs``."""


def source_of(prompt: str) -> str:
    """The text to translate: between the last ``<source>`` tags, else the last paragraph without the lines that ask for it."""
    if wrapped := WRAPPED.match(prompt):
        return wrapped[1]
    last = prompt.rstrip("\n").rpartition("\n\n")[2]
    return ASKING.sub("", last)


def target_of(prompt: str) -> str:
    """The English name of the language asked for; Portuguese where none is found."""
    found = TARGET.search(prompt)
    return NAMED[found[1]] if found else "Portuguese"


def translation(asked: Asked, language: str = "") -> str:
    """A well-behaved answer to a prompt; ``language`` overrides the one asked for."""
    prompt = asked.prompt
    source = source_of(prompt)
    language = language or target_of(prompt)
    head = prompt[:len(prompt) - len(source)]
    swapped = _with_terms(source, TERM.findall(head), language)
    return _held(f"<target>{swapped}</target>" if "<target>" in head else swapped, asked.constraint)


def _held(answer: str, constraint: Mapping[str, Any]) -> str:
    """The answer that a constraint leaves; of regular expressions, translations and short words are tried. A grammar
    is taken to be one for the translation, but for that of two digits."""
    if choices := constraint.get("choice"):
        return str(choices[0])
    if constraint.get("grammar") == TWO_DIGITS:
        return SHORT[0]
    regex = constraint.get("regex")
    if regex is None or re.fullmatch(regex, answer, re.DOTALL):
        return answer
    return next((word for word in SHORT if re.fullmatch(regex, word)), answer)


def _with_terms(source: str, terms: list[tuple[str, str]], language: str) -> str:
    due = {term.casefold(): target for term, target in terms if term.casefold() in source.casefold()}
    if not due:
        return _swapped(source, language)
    longest_first = sorted(due, key=len, reverse=True)
    parts = re.split("(" + "|".join(map(re.escape, longest_first)) + ")", source, flags=re.IGNORECASE)
    return "".join(due[part.casefold()] if at % 2 else _swapped(part, language) for at, part in enumerate(parts))


def _swapped(source: str, language: str) -> str:
    parts = KEPT.split(source)
    for at in range(0, len(parts), 2):
        parts[at] = WORD.sub(lambda word: _other(word[0], language), parts[at])
        if language in UNSPACED:
            parts[at] = parts[at].replace(" ", "")
    return "".join(parts)


@lru_cache(maxsize=1 << 16)
def _other(word: str, language: str) -> str:
    """A word of about the same length."""
    words = WORDS[language].split()
    if language not in UNSPACED:
        words = sorted(words, key=lambda other: abs(len(other) - len(word)))[:8]
    other = words[zlib.crc32(word.casefold().encode()) % len(words)]
    return other[0].upper() + other[1:] if word[0].isupper() else other


def tokens(text: str) -> int:
    """About as many tokens as models have: one for four bytes."""
    return len(text.encode()) // 4 + 1

"""Control tokens in the text of a document: disguised for the model, and themselves again in its answer.

A server reads ``<|im_start|>`` in a text as the token that begins a message, and ``</source>`` would end
the text before its end. Their brackets are exchanged for look-alikes that no tokenizer reads as part of
a token (U+2039, U+203A, U+2045, U+2046: none of them becomes ASCII by NFKC).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

OWN = "source|target|context"
"""Marks that prompts put around texts."""

TOKENS = re.compile(
    r"<\|[^][<>|\s]{1,40}\|>|<｜[^][<>｜\s]{1,40}｜>"        # ChatML, Llama 3, Qwen, HY-MT 1.8B; DeepSeek, HY-MT 7B
    r"|</?(?:s|bos|eos|pad|unk|mask|cls|sep|sop|eop|eod|think|answer|tool_call|tool_response|image|audio|video"
    r"|(?:start|end)_of_(?:turn|text|image)|extra_id_\d+|unused\d+|" + OWN + r")>"      # SentencePiece, Gemma, T5, ours
    r"|<</?SYS>>|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|gMASK|MASK|CLS|SEP|PAD|UNK)\]",
    re.IGNORECASE)                                          # Llama 2, Mistral; GLM, BERT
"""By family of tokenizer; a name stands here if a current model's list of special tokens has it."""

BRACKETS = "<[‹›⁅⁆"
"""Texts without any, and that is most, need no other look."""
MARKS = re.compile("‹+|›+|⁅+|⁆+")


@dataclass(frozen=True, slots=True)
class Disguise:
    """How control tokens are written so that they are none, in the texts of one request."""

    width: int = 1
    """Look-alikes in place of each bracket: one more than stand together anywhere in the texts, so that
    a text that looks disguised is never taken for one."""
    tokens: frozenset[str] = frozenset()

    @classmethod
    def of(cls, texts: Iterable[str]) -> Disguise:
        """The disguise for all texts that go into one prompt."""
        whole = "\n".join(texts)                            # no token has a line break within
        if not any(bracket in whole for bracket in BRACKETS):
            return NONE
        return cls(1 + max(map(len, MARKS.findall(whole)), default=0), frozenset(TOKENS.findall(whole)))

    def put_on(self, text: str) -> str:
        """The text without control tokens."""
        return TOKENS.sub(lambda token: self._hidden(token[0]), text) if self.tokens else text

    def take_off(self, text: str) -> str:
        """The inverse of `put_on`, for whatever of it a model kept."""
        if not self.tokens:
            return text
        token_of = {self._hidden(token): token for token in self.tokens}
        pattern = re.compile("|".join(map(re.escape, sorted(token_of, key=len, reverse=True))))
        return pattern.sub(lambda hidden: token_of[hidden[0]], text)

    def _hidden(self, token: str) -> str:
        left, right = "‹›" if token[0] == "<" else "⁅⁆"
        return left * self.width + token.strip("<>[]") + right * self.width


NONE = Disguise()
"""Of texts without control tokens."""

"""What a real server makes of our constraints, with a model that of itself keeps hardly a tag."""

import re
from concurrent.futures import ThreadPoolExecutor

from parsers.document import codes
from parsers.locales import Locale
from pipeline.engines import Request, Rung, Term
from pipeline.engines.constraints import constraint
from pipeline.engines.profiles import PROFILES, Profile, Shown, profile_named
from pipeline.verification import verify
from tests.pipeline.contents import mark
from tests.servers.vllm import Endpoint
from tests.vllm.test_server import ask, chat

EN, PT = Locale.parse("en"), Locale.parse("pt")

SENTENCES = (
    "Click **Save** to store the document.",
    "Use `open` or `close`, then press **Enter**.",
    "**The _red_ fox `x`** jumps over the [lazy dog](y).",
    "**One**, _two_, `three`, **four**, _five_ and `six` are numbers.",
    "If a < b then **stop** the `engine`.",
    "点击**保存**按钮，然后关闭`窗口`。")


def answered(server: Endpoint, profile: Profile, request: Request) -> tuple[str, str]:
    """The text and the reason of its end, for a request under its constraint."""
    shown, terms = Shown.of(request), tuple(term.target for term in request.terms)
    wanted = constraint(request.content, profile.dialect, profile.wrapping(shown), terms, request.target)
    status, body = chat(server, messages=profile.messages(shown), max_tokens=400, structured_outputs=wanted,
                        **profile.sampling(request.rung, tagged=bool(codes(request.content))))
    assert status == 200, body
    choice = body["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


def test_each_code_comes_once_in_every_answer_that_ends(server: Endpoint) -> None:
    """Words are bounded, so that most answers end even of a model that goes in circles."""
    asked = [(profile, Request(mark(sentence), EN, PT, rung=Rung.CONSTRAINED)) for profile in PROFILES for sentence in SENTENCES]
    with ThreadPoolExecutor(len(asked)) as threads:
        answers = list(threads.map(lambda one: answered(server, *one), asked))
    ended = [(profile, request, text) for (profile, request), (text, reason) in zip(asked, answers, strict=True) if reason == "stop"]
    assert len(ended) >= 0.75 * len(asked)
    for profile, request, text in ended:
        assert not verify(request.content, profile.answer(text, Shown.of(request)), EN, PT, checks={"codes", "leak"}), text


def test_terms_of_a_plain_text_come_out(server: Endpoint) -> None:
    terms = (Term("cat", "gato preto"), Term("AI", "Inteligência Artificial (IA)"))
    texts = ("The AI cat sleeps.", "Our AI has a cat.", "A cat is no AI.")
    asked = [(profile, Request(mark(text), EN, PT, terms=terms, rung=Rung.CONSTRAINED))
             for profile in PROFILES for text in texts]
    with ThreadPoolExecutor(len(asked)) as threads:
        answers = list(threads.map(lambda one: answered(server, *one), asked))
    ended = [text for text, reason in answers if reason == "stop"]
    assert ended
    for text in ended:
        assert all(term.target.casefold() in text.casefold() for term in terms), text


def test_a_control_token_of_a_document_is_none_in_the_prompt(server: Endpoint) -> None:
    """The server itself reads it as one: ChatML's, which its model has."""
    def control_tokens(content: str) -> int:
        status, body = ask(server, "/tokenize", {
            "model": server.model, "messages": [{"role": "user", "content": content}], "return_token_strs": True})
        assert status == 200, body
        return sum(bool(re.fullmatch(r"<\|.*\|>", token)) for token in body["token_strs"])

    text = "A message begins with <|im_start|> and ends with <|im_end|>."
    prompt = profile_named("generic", "").messages(Shown.of(Request((text,), EN, PT)))[0]["content"]
    assert control_tokens(text) == control_tokens("A message.") + 2
    assert control_tokens(prompt) == control_tokens("A message.")

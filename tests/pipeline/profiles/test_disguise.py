"""Control tokens in the text of a document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.profiles.disguise import TOKENS, Disguise

TOKENS_OF_MODELS = [
    "<|extra_0|>", "<|eos|>", "<|startoftext|>", "<｜hy_User｜>", "<｜hy_begin▁of▁sentence｜>", "<|im_start|>",
    "<|endoftext|>", "<|start_header_id|>", "<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>", "<pad>", "<s>", "</s>",
    "<unk>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<think>", "</think>", "<extra_id_7>", "<unused12>", "[gMASK]",
    "<source>", "</source>", "<target>", "</target>", "<context>", "</context>"]

texts = st.lists(st.one_of(st.sampled_from([*TOKENS_OF_MODELS, "‹", "›", "‹|eos|›", "⁅INST⁆", "‹‹s››", "<", ">", "|", "["]),
                           st.text(max_size=4))).map("".join)


@pytest.mark.parametrize("token", TOKENS_OF_MODELS)
def test_a_control_token_is_hidden(token):
    hidden = Disguise.of([f"a {token} b"]).put_on(f"a {token} b")
    assert token not in hidden and not TOKENS.search(hidden)


@pytest.mark.parametrize("text", ["a < b > c", "<b>bold</b>", "<s1>", "List<String>", "x <| y |> z", "[1]", "[INSTALL]",
                                  "<sources>", "a[i]"])
def test_what_is_no_control_token_stays(text):
    assert Disguise.of([text]).put_on(text) == text


@given(st.lists(texts, min_size=1, max_size=4))
def test_any_text_is_itself_again(parts):
    disguise = Disguise.of(parts)
    for text in parts:
        hidden = disguise.put_on(text)
        assert not TOKENS.search(hidden)
        assert disguise.take_off(hidden) == text


def test_a_text_that_looks_disguised_is_not_taken_for_one():
    text = "‹|eos|› is not <|eos|>"
    disguise = Disguise.of([text])
    assert disguise.take_off(disguise.put_on(text)) == text
    assert disguise.take_off("Aqui ‹|eos|› fica.") == "Aqui ‹|eos|› fica."

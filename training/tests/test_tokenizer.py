"""Chinese characters are added without changing what is known."""

from dataclasses import replace

import torch
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from ..models.checkpoint import Model, add_words
from ..models.sizes import SMOKE
from ..tokenizer import add_characters, encode, make_tokenizer, save_tokenizer

CHINESE = ["苹果", "画一个红苹果", "狗"]
PROMPT = "A red APPLE beside two 狗"


def english() -> Tokenizer:
    return make_tokenizer(["a red apple beside a dog", "two dogs"] * 3, SMOKE.text.vocabulary)


def test_every_character_is_a_token_and_english_stays_as_it_was():
    before, after = english(), add_characters(english(), CHINESE)
    for text in CHINESE:
        assert len(after.encode(text).ids) == len(text) < len(before.encode(text).ids)
        assert after.decode(after.encode(text).ids) == text
    assert after.encode("a red apple").ids == before.encode("a red apple").ids
    assert after.token_to_id("</think>") == after.get_vocab_size() - 1


def test_adding_them_again_changes_nothing():
    once = add_characters(english(), CHINESE)
    assert add_characters(once, CHINESE).to_str() == once.to_str()


def test_transformers_reads_the_same_tokens_from_the_folder(tmp_path):
    tokenizer = add_characters(english(), CHINESE)
    save_tokenizer(tokenizer, tmp_path)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    text = theirs.apply_chat_template([{"role": "user", "content": PROMPT}], tokenize=False, add_generation_prompt=True)
    ids, counts = encode(tokenizer, [PROMPT])
    assert theirs(text)["input_ids"] == ids[0, : counts[0]].tolist()


def test_a_synonym_means_what_its_english_word_means():
    before, tokenizer = english(), add_characters(english(), CHINESE)
    model = Model.fresh(replace(SMOKE, text=replace(SMOKE.text, vocabulary=before.get_vocab_size())), before)
    ids, counts = encode(before, ["a red apple"])
    old = model.text_encoder(ids)
    add_words(model, tokenizer, [("苹果", "apple"), ("狗", "dog")])
    ids, _ = encode(tokenizer, ["a red apple"])
    assert torch.equal(model.text_encoder(ids)[:, : counts[0]], old[:, : counts[0]])
    meaning = lambda text: model.text_encoder.embed_tokens.weight[tokenizer.encode(text).ids].mean(0)
    for chinese, same, other in (("苹果", " apple", " dog"), ("狗", " dog", " apple")):
        assert (meaning(chinese) - meaning(same)).norm() < 0.2 * (meaning(chinese) - meaning(other)).norm()

"""Chinese characters are added without changing what is known, and transformers reads our files as we do."""

from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from ..models.checkpoint import Model, add_words
from ..models.sizes import SMOKE
from ..readings import MARKS, REST, emoji_readings, read, table, word_readings
from ..tokenizer import add_characters, encode, make_tokenizer, save_tokenizer

CHINESE = ["苹果", "画一个红苹果", "狗"]


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


def transformers_ids(folder: Path, prompt: str) -> list[int]:
    theirs = AutoTokenizer.from_pretrained(folder)
    return theirs(theirs.apply_chat_template([{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True))["input_ids"]


def our_ids(tokenizer: Tokenizer, prompt: str) -> list[int]:
    ids, counts = encode(tokenizer, [prompt])
    return ids[0, : counts[0]].tolist()


def test_transformers_reads_the_same_tokens_from_the_folder(tmp_path):
    tokenizer = add_characters(english(), CHINESE)
    save_tokenizer(tokenizer, tmp_path)
    for prompt in ("A  red APPLE\nbeside two 狗", "苹果", ""):
        assert transformers_ids(tmp_path, prompt) == our_ids(tokenizer, prompt)


def test_what_is_read_as_something_else_is_so_in_transformers(tmp_path):
    tokenizer = add_characters(english(), CHINESE)
    emoji = emoji_readings({"🐕": "dog", "🍎": "red apple", "❤️": "red heart", "❤️‍🔥": "heart on fire", "🧑‍🍳": "cook"})
    readings = table(MARKS | emoji | word_readings({"红果": "红苹果", "犬": "狗"}, ["狗"]) | REST)
    save_tokenizer(tokenizer, tmp_path, readings)
    for written, name in (
        ("🍎", "red apple"), ("🐕🍎", "dog and red apple"), ("A ❤ beside a ❤️‍🔥", "a red heart beside a heart on fire"), ("👩🏽‍🍳", "cook"),
        ("画一个红果", "画一个红苹果"), ("犬", "狗"), ("🐕和犬", "dog 和犬"), ("", ""),
    ):  # fmt: skip
        assert read(written, readings) == name
        assert transformers_ids(tmp_path, written) == our_ids(tokenizer, name)


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

"""A small tokenizer of Qwen's kind: byte-level BPE behind Qwen's split, with its special tokens and nearly its chat template."""

import json
from collections import Counter
from pathlib import Path

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from .readings import EDGE, NO_READINGS

SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
# Qwen's, but a prompt is read in small letters, since no name of the set has a capital, with single spaces, and with one before it: its first
# word is then the token that it is after any other word, and "Rocket!" is what "a rocket!" is. Some of it is read as something else (readings.py).
CHAT_TEMPLATE = (
    "{%- for message in messages %}{%- set told = namespace(text='EDGE' + (message.content | lower) + 'EDGE') %}"
    "{%- for pair in TABLE.split('|') %}{%- set pair = pair.split('=') %}{%- set told.text = told.text.replace(pair[0], pair[1]) %}{%- endfor %}"
    "{{- '<|im_start|>' + message.role + '\\n' + (' ' if message.content else '') + told.text.split() | join(' ') + '<|im_end|>' + '\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}"
)
CHARACTERS = 700  # so many Chinese characters have a token of their own; rarer ones are spelt in two or three
LENGTHS = (32, 64)  # the transformer pads captions to a multiple of 32


def make_tokenizer(captions: list[str], vocabulary: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - len(SPECIAL), initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), min_frequency=2, show_progress=False
    )
    tokenizer.train_from_iterator([*captions, *["user\n", "assistant\n"] * 2000], trainer)
    missing = vocabulary - len(SPECIAL) - tokenizer.get_vocab_size()
    tokenizer.add_tokens([AddedToken(f"<unused{i}>", normalized=False) for i in range(missing)])
    tokenizer.add_special_tokens([AddedToken(word, special=word.startswith("<|"), normalized=False) for word in SPECIAL])
    return tokenizer


def add_characters(tokenizer: Tokenizer, texts: list[str]) -> Tokenizer:
    """
    The commonest Chinese characters of `texts` as tokens. Their merges come after all others, so whatever else is tokenised as it was; only the
    special tokens move, to the end again.
    """
    content = json.loads(tokenizer.to_str())
    vocabulary, merges = content["model"]["vocab"], content["model"]["merges"]
    common = Counter(character for text in texts for character in text if len(character.encode()) == 3).most_common(CHARACTERS)
    for character, _ in common:
        first, *others = tokenizer.encode(character, add_special_tokens=False).tokens
        for other in others:
            if first + other not in vocabulary:
                vocabulary[first + other] = len(vocabulary)
                merges.append([first, other])
            first += other
    for place, token in enumerate(content["added_tokens"]):
        token["id"] = len(vocabulary) + place
    return Tokenizer.from_str(json.dumps(content))


def save_tokenizer(tokenizer: Tokenizer, folder: Path, readings: str = NO_READINGS) -> None:
    """The files that transformers' Qwen2Tokenizer reads. `readings`: what is read as what (readings.py)."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.loads(tokenizer.to_str())
    content["model"]["merges"] = merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in content["model"]["merges"]]  # a third shorter
    write = lambda name, values: (folder / name).write_text(json.dumps(values, ensure_ascii=False, separators=(",", ":")), encoding="utf8")
    write("tokenizer.json", content)
    write("vocab.json", content["model"]["vocab"])
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf8")
    chat_template = CHAT_TEMPLATE.replace("EDGE", EDGE).replace("TABLE", json.dumps(readings, ensure_ascii=False))
    keys = ("content", "lstrip", "normalized", "rstrip", "single_word", "special")
    config = {
        "add_bos_token": False, "add_prefix_space": False, "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": None,
        "added_tokens_decoder": {str(token["id"]): {key: token[key] for key in keys} for token in content["added_tokens"]},
        "additional_special_tokens": ["<|im_start|>", "<|im_end|>"], "chat_template": chat_template, "clean_up_tokenization_spaces": False,
        "errors": "replace", "model_max_length": 512, "padding_side": "right", "split_special_tokens": False, "tokenizer_class": "Qwen2Tokenizer",
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(config, separators=(",", ":"), ensure_ascii=False), encoding="utf8")


def encode(tokenizer: Tokenizer, prompts: list[str], length: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Prompts with nothing to be read as something else, in the chat template → ids [prompts, length], counts [prompts]. Without `length`, the shortest of LENGTHS that fits
    all. Padding is on the right; a caption that is too long is cut.
    """
    texts = [f"<|im_start|>user\n{prompt and ' ' + ' '.join(prompt.lower().split())}<|im_end|>\n<|im_start|>assistant\n" for prompt in prompts]
    rows = [one.ids for one in tokenizer.encode_batch(texts, add_special_tokens=False)]
    longest = max(map(len, rows))
    length = length or next((some for some in LENGTHS if longest <= some), LENGTHS[-1])
    ids = torch.full((len(rows), length), tokenizer.token_to_id("<|endoftext|>"))
    for row, values in enumerate(rows):
        ids[row, : len(values)] = torch.tensor(values[:length])
    return ids, torch.tensor([min(len(values), length) for values in rows])

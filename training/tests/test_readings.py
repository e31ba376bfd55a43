"""Everyday words are read as names, and names stay what they are."""

import pytest

from ..readings import REST, read, readings_of, table, word_readings
from ..things import Thing

WORDS = {"树": "落叶树", "大树": "落叶树", "锁": "合上的锁", "月亮": "弯月", "小熊": "熊"}
KEPT = ["落叶树", "圣诞树", "合上的锁", "弯月", "微笑的月亮", "熊", "小熊猫"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("月亮", "弯月"), ("画一个月亮", "画一个弯月"), ("森林里的月亮", "森林里的弯月"), ("两棵树", "两棵落叶树"), ("红色的锁", "红色的合上的锁"),
        ("大树和小熊猫", "落叶树和小熊猫"), ("大树上的小熊", "落叶树上的熊"), ("圣诞树和月亮", "圣诞树和月亮"),
    ],
)  # fmt: skip
def test_a_word_is_read_as_a_name_where_it_cannot_be_part_of_another(written, name):
    assert read(written, table(word_readings(WORDS, KEPT) | REST)) == name


@pytest.mark.parametrize("before", ["", "画一个", "红色的", "一只"])
def test_a_name_stays_what_it_is(before):
    readings = table(word_readings(WORDS, KEPT) | REST)
    assert [read(before + name, readings) for name in KEPT] == [before + name for name in KEPT]


def test_the_readings_of_things_are_their_emoji_and_words():
    shirt = Thing("t-shirt", (), (), (), ("T恤",), True, "👕", chinese_words=("上衣",))
    readings = readings_of([shirt])
    assert (read("👕", readings), read("一件上衣", readings), read("T恤", readings)) == ("t-shirt", "一件t恤", "t恤")

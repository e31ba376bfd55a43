"""What the tables say of a student."""

import torch

from ..models.checkpoint import Model
from ..models.sizes import SMOKE
from ..tables import STUDENT_SHARE, TEACHER, line, mixed
from ..tokenizer import make_tokenizer


def test_a_student_is_compared_with_the_teacher_caption_by_caption():
    teacher = torch.tensor([[0.1, 0.5, 0.5, 0.5], [0.9, 0.5, 0.5, 0.5]])
    rows = {TEACHER: teacher, "student": teacher + torch.tensor([[0.2, 0.0, 0.1, -0.1], [0.2, 0.0, 0.3, -0.1]])}
    assert line(TEACHER, rows) == "| teacher | 0.5000 | 0.5000 | 0.5000 | 0.5000 |"
    assert line("student", rows) == "| student | 0.7000 (+0.200 ± 0.000) | 0.5000 (+0.000 ± 0.000) | 0.7000 (+0.200 ± 0.100) | 0.4000 (-0.100 ± 0.000) |"


def test_the_mixed_are_mean_weights_and_the_teacher_stays_as_it_was():
    tokenizer = make_tokenizer(["a red apple beside a dog", "two dogs"] * 3, SMOKE.text.vocabulary)
    teacher, student = (Model.fresh(SMOKE, tokenizer) for _ in range(2))
    weights = lambda model: model.transformer.blocks()[0].state_dict()
    before = {name: values.clone() for name, values in weights(teacher).items()}
    for name, values in weights(mixed(teacher, student)).items():
        mean = (1 - STUDENT_SHARE) * before[name] + STUDENT_SHARE * weights(student)[name]
        assert torch.allclose(values, mean, atol=1e-6) and torch.equal(before[name], weights(teacher)[name])

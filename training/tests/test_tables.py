"""What the tables say of a student."""

import torch

from ..tables import TEACHER, line


def test_a_student_is_compared_with_the_teacher_caption_by_caption():
    teacher = torch.tensor([[0.1, 0.5, 0.5, 0.5], [0.9, 0.5, 0.5, 0.5]])
    rows = {TEACHER: teacher, "student": teacher + torch.tensor([[0.2, 0.0, 0.1, -0.1], [0.2, 0.0, 0.3, -0.1]])}
    assert line(TEACHER, rows) == "| teacher | 0.5000 | 0.5000 | 0.5000 | 0.5000 |"
    assert line("student", rows) == "| student | 0.7000 (+0.200 ± 0.000) | 0.5000 (+0.000 ± 0.000) | 0.7000 (+0.200 ± 0.100) | 0.4000 (-0.100 ± 0.000) |"

import torch

from ..muon import Muon


def test_momenta_that_were_kept_in_a_file_come_back_to_the_parameters_device():
    matrix = torch.nn.Parameter(torch.zeros(3, 2, device="meta"))
    muon = Muon([matrix], 1e-3, 0.0, rounds=False)
    muon.load_state_dict({(3, 2): torch.ones(1, 3, 2)})
    assert muon.momenta[(3, 2)].device == matrix.device

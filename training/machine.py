"""What the training runs on. Nothing else asks whether there is a GPU."""

import shutil
import sysconfig
import timeit
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class Machine:
    device: torch.device
    compiles: bool
    rounds: bool

    def autocast(self):
        """
        bfloat16 for matrix products, where those are the faster ones. Weights, norms, losses and optimisers stay float32. Rounded weights are not
        kept: a student's, rounded without gradients in `roll_out`, would come back without in its own step (in older PyTorch).
        """
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.rounds, cache_enabled=False)

    def compile_each(self, blocks) -> None:
        """
        In place. Blocks of one kind share a graph, so this takes seconds where the whole takes minutes that no stage counts, and gains a little
        less. For the autoencoder it is the only way: as a whole, rounded on a CPU, PyTorch 2.13 compiles it with nearly all gradients nought.
        """
        for block in blocks if self.compiles else ():
            block.compile(dynamic=False)


def open_machine(device: str | None = None, threads: int | None = None, compiles: bool = True) -> Machine:
    """`device`: cuda where there is one unless said otherwise."""
    if threads:
        torch.set_num_threads(threads)
    chosen = open_device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    isCuda = chosen.type == "cuda"  # cuda:1 is, too
    if isCuda:
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True
    torch._dynamo.config.cache_size_limit = 128  # one graph for each shape and each set of frozen weights: `all` needs some seventy of the transformer's blocks
    return Machine(chosen, compiles and can_compile(), isCuda or rounded_is_faster())


def can_compile() -> bool:
    """PyTorch writes C++ that calls Python, on a GPU too: a compiler is needed, and Python's headers, which Debian has in a package of their own."""
    return shutil.which("g++") is not None and Path(sysconfig.get_path("include"), "Python.h").exists()


def open_device(name: str) -> torch.device:
    try:
        torch.zeros(1, device=name).item()
    except (RuntimeError, AssertionError) as error:  # the latter where PyTorch was built without CUDA
        why = str(error).split(". ")[0]
        raise SystemExit(f"--device {name} is not there for PyTorch: cpu, or cuda where there is a GPU, was expected ({why})") from error
    return torch.device(name)


def rounded_is_faster() -> bool:
    """Of two CPUs that both know bfloat16, one computes it at twice the rate of float32 and the other at half."""
    x = torch.randn(384, 384)  # where it is emulated, each product of 768 takes a second of two cores
    seconds = lambda x: min(timeit.repeat(lambda: x @ x, number=1, repeat=5))
    return seconds(x.bfloat16()) < seconds(x)

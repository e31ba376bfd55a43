"""Draws pictures with diffusers on PyTorch, on the CPU in float32, as bench/engine.ts asks for them on standard input.

One JSON request a line in, one JSON line {"seconds", "peakMemoryMb"} out; the first line out says how long loading took.
"""

import json
import resource
import sys
import time

started = time.perf_counter()
import torch  # noqa: E402
from diffusers import ZImagePipeline  # noqa: E402
from diffusers.utils import logging  # noqa: E402

logging.set_verbosity_error()
pipe = ZImagePipeline.from_pretrained(sys.argv[1], torch_dtype=torch.float32)
pipe.set_progress_bar_config(disable=True)


def answer(seconds):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peakMemoryMb": peak}), flush=True)


answer(time.perf_counter() - started)
for line in sys.stdin:
    ask = json.loads(line)
    started = time.perf_counter()
    pipe(
        prompt=ask["prompt"],
        negative_prompt=ask["negativePrompt"] if ask["guidance"] > 0 else None,
        width=ask["widthPx"],
        height=ask["heightPx"],
        num_inference_steps=ask["steps"],
        guidance_scale=ask["guidance"],
        generator=torch.Generator("cpu").manual_seed(ask["seed"]),
    ).images[0]
    answer(time.perf_counter() - started)

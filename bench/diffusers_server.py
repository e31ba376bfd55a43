"""Draws pictures with diffusers on PyTorch, on the CPU, as bench/engine.ts and bench/rivals.ts ask for them on standard input.

Arguments: the model's folder and the type to compute in (float32 unless given). A first line out says that it is loaded. Then
one JSON request a line in, one JSON line {"seconds", "stepSeconds", "peakMemoryMb"} out.
"""

import json
import resource
import sys
import time

import torch
from diffusers import ZImagePipeline
from diffusers.utils import logging

logging.set_verbosity_error()
dtype = getattr(torch, sys.argv[2]) if len(sys.argv) > 2 else torch.float32
pipe = ZImagePipeline.from_pretrained(sys.argv[1], torch_dtype=dtype)
pipe.set_progress_bar_config(disable=True)


def answer(**drawing):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**drawing, "peakMemoryMb": peak}), flush=True)


answer()
for line in sys.stdin:
    ask = json.loads(line)
    moments = []

    def on_step_end(pipe, step, timestep, tensors):
        moments.append(time.perf_counter())
        return tensors

    started = time.perf_counter()
    image = pipe(
        prompt=ask["prompt"],
        negative_prompt=ask.get("negativePrompt", "") if ask["guidance"] > 0 else None,
        width=ask["widthPx"],
        height=ask["heightPx"],
        num_inference_steps=ask["steps"],
        guidance_scale=ask["guidance"],
        generator=torch.Generator("cpu").manual_seed(ask["seed"]),
        output_type="latent" if ask.get("stepsOnly") else "pil",
        callback_on_step_end=on_step_end,
    ).images[0]
    seconds = time.perf_counter() - started
    if ask.get("picture"):
        image.save(ask["picture"])
    answer(seconds=seconds, stepSeconds=[b - a for a, b in zip(moments, moments[1:])])

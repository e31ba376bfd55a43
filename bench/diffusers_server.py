"""Draws pictures with diffusers on PyTorch, on the CPU in float32, as bench/engine.ts asks for them on standard input.

One JSON request a line in, one JSON line {"seconds", "image"?} out; `image` is the file the picture was written to.
"""

import json
import sys
import time

started = time.perf_counter()
import torch  # noqa: E402
from diffusers import ZImagePipeline  # noqa: E402
from diffusers.utils import logging  # noqa: E402

logging.set_verbosity_error()
pipe = ZImagePipeline.from_pretrained(sys.argv[1], torch_dtype=torch.float32)
pipe.set_progress_bar_config(disable=True)
print(json.dumps({"seconds": time.perf_counter() - started, "threads": torch.get_num_threads()}), flush=True)

for line in sys.stdin:
    ask = json.loads(line)
    started = time.perf_counter()
    image = pipe(
        prompt=ask["prompt"],
        negative_prompt=ask["negativePrompt"] if ask["guidance"] > 0 else None,
        width=ask["widthPx"],
        height=ask["heightPx"],
        num_inference_steps=ask["steps"],
        guidance_scale=ask["guidance"],
        generator=torch.Generator("cpu").manual_seed(ask["seed"]),
    ).images[0]
    seconds = time.perf_counter() - started
    if "image" in ask:
        image.save(ask["image"])
    print(json.dumps({"seconds": seconds}), flush=True)

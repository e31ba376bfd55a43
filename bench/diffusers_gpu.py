"""Times diffusers on PyTorch for bench/gpu.ts: text encoder, denoiser and VAE apart, warm, medians.

Takes its work as JSON {"part": "matmul" | "draw", "device", "model", "dtype", "compiled", "sizePx", "steps", "runs", "size", "chain"},
prints one line of JSON. "compiled" is what diffusers advises, the transformer block by block: a fraction of the time that
compiling the whole takes.
"""

import json
import math
import statistics
import sys
import time

import torch

ask = json.loads(sys.argv[1])
device = ask["device"]
PROMPT = "a red fox in the snow, morning light, photograph"


def timed(work):
    if device == "cuda":
        torch.cuda.synchronize()
    started = time.perf_counter()
    result = work()
    if device == "cuda":
        torch.cuda.synchronize()
    return result, time.perf_counter() - started


def matmul():
    size, count = ask["size"], ask["chain"]
    # What is multiplied changes how fast: these are the numbers of bench/matmul.ts.
    column, row = 30 * torch.randn(size, 1, device=device), 30 * torch.randn(1, size, device=device)
    a = (torch.sin(column @ row) * math.sqrt(2 / size)).to(torch.bfloat16)

    def multiply():
        for _ in range(count):
            a @ a

    multiply()
    seconds = statistics.median(timed(multiply)[1] for _ in range(5))
    return {"tflopPerSecond": count * 2 * size**3 / 1e12 / seconds}


def draw():
    import diffusers
    from diffusers import ZImagePipeline
    from diffusers.utils import logging

    logging.set_verbosity_error()
    dtype = getattr(torch, ask["dtype"])
    pipe, load = timed(lambda: ZImagePipeline.from_pretrained(ask["model"], torch_dtype=dtype).to(device))
    pipe.set_progress_bar_config(disable=True)
    if ask["compiled"]:
        # Each shape by itself: shapes that may change are compiled to slower code.
        pipe.transformer.compile_repeated_blocks(dynamic=False)
    prompt, denoiser, vae, whole = [], [], [], []
    shared = dict(width=ask["sizePx"], height=ask["sizePx"], num_inference_steps=ask["steps"], guidance_scale=0.0)
    with torch.inference_mode():
        for run in range(ask["runs"] + 1):
            text = f"{PROMPT} {run}"
            (embeds, _), prompt_seconds = timed(
                lambda: pipe.encode_prompt(text, device=device, do_classifier_free_guidance=False)
            )
            seed = torch.Generator("cpu").manual_seed(run)
            latents, denoiser_seconds = timed(
                lambda: pipe(prompt_embeds=embeds, generator=seed, output_type="latent", **shared).images
            )
            config = pipe.vae.config
            scaled = (latents / config.scaling_factor + config.shift_factor).to(dtype)
            _, vae_seconds = timed(lambda: pipe.vae.decode(scaled, return_dict=False)[0].float().cpu())
            _, seconds = timed(lambda: pipe(prompt=text, generator=torch.Generator("cpu").manual_seed(run), **shared))
            if run == 0:
                continue
            for list_, value in zip(
                (prompt, denoiser, vae, whole), (prompt_seconds, denoiser_seconds, vae_seconds, seconds)
            ):
                list_.append(value)
    return {
        "loadSeconds": load,
        "promptSeconds": statistics.median(prompt),
        "denoiserSeconds": statistics.median(denoiser),
        "vaeSeconds": statistics.median(vae),
        "secondsPerPicture": statistics.median(whole),
        "versions": f"diffusers {diffusers.__version__}, PyTorch {torch.__version__}",
    }


print(json.dumps({"matmul": matmul, "draw": draw}[ask["part"]]()))

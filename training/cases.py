"""`cases`: what diffusers' own ZImagePipeline computes with a model, in the format of `test/reference/README.md`, for `npm run verify`."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

CASES = (
    {"name": "pizza", "prompt": "a slice of pizza", "height": 256, "width": 256, "steps": 4, "guidance_scale": 0.0, "seed": 7},
    {"name": "blue-heart", "prompt": "a blue heart on a yellow background", "height": 128, "width": 128, "steps": 6, "guidance_scale": 1.5, "seed": 8},
)


@torch.no_grad()
def write_cases(model: Path, folder: Path) -> None:
    from diffusers import ZImagePipeline  # only here: training itself does without

    if not (model / "model_index.json").exists():
        raise SystemExit(f"{model} is not a model's folder: `export` makes one, and --model names another")
    folder.mkdir(parents=True, exist_ok=True)
    pipeline = ZImagePipeline.from_pretrained(model, torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    for case in CASES:
        case = {**case, "negative_prompt": "", "checkpoint": f"models/{model.resolve().name}"}
        save_file({name: value.contiguous().clone() for name, value in compute(pipeline, case).items()}, folder / f"{case['name']}.safetensors")
        (folder / f"{case['name']}.json").write_text(json.dumps(case, indent=2, ensure_ascii=False) + "\n", encoding="utf8")


def compute(pipeline, case: dict) -> dict[str, torch.Tensor]:
    """Runs one case with an ear at the transformer and after each step."""
    isGuided = case["guidance_scale"] > 0
    side = lambda edge: edge // pipeline.vae_scale_factor
    noise = torch.randn(1, pipeline.transformer.config.in_channels, side(case["height"]), side(case["width"]), generator=torch.Generator().manual_seed(case["seed"]))
    embeds, negative = pipeline.encode_prompt([case["prompt"]], device="cpu", do_classifier_free_guidance=isGuided, negative_prompt=[""] if isGuided else None)
    chat = [{"role": "user", "content": case["prompt"]}]
    text = pipeline.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True, enable_thinking=True)
    tensors = {"initial_noise": noise, "input_ids.0": torch.tensor(pipeline.tokenizer(text, max_length=512, truncation=True).input_ids)}
    tensors |= {f"prompt_embeds.{i}": one for i, one in enumerate(embeds)} | {f"negative_prompt_embeds.{i}": one for i, one in enumerate(negative)}
    calls, steps = [], []

    def hear(module, inputs, options, output):
        x, t, _ = inputs
        calls.append((torch.stack(list(x)).float(), t.float(), torch.stack(list(output[0])).float()))

    def after_step(pipe, index, timestep, state):
        steps.append(state["latents"].clone())
        return {}

    handle = pipeline.transformer.register_forward_hook(hear, with_kwargs=True)
    asked = {key: case[key] for key in ("prompt", "negative_prompt", "height", "width", "guidance_scale")}
    image = pipeline(**asked, num_inference_steps=case["steps"], latents=noise, callback_on_step_end=after_step, output_type="pt").images.float()
    handle.remove()
    tensors |= {"image": image, "image_u8": (image * 255).round().to(torch.uint8), "final_latents": steps[-1]}
    tensors |= {"timesteps": pipeline.scheduler.timesteps.float(), "sigmas": pipeline.scheduler.sigmas.float()}
    tensors |= {f"latents_after_step.{i}": one for i, one in enumerate(steps)}
    for i, (x, t, out) in enumerate(calls):
        tensors |= {f"transformer_input.{i}": x, f"transformer_t.{i}": t, f"transformer_output.{i}": out}
    return tensors

"""Our models compute what transformers and diffusers compute, so what is trained here is what everyone will see."""

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, ZImageTransformer2DModel
from transformers import Qwen3Model

from ..models.checkpoint import Model, save_model
from ..models.sizes import SMOKE, VaeSizes
from ..models.vae import Vae, grow
from ..tokenizer import make_tokenizer

CLOSE = 2e-5


def shake(module: torch.nn.Module) -> None:
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)


def saved(folder) -> Model:
    model = Model.fresh(SMOKE, make_tokenizer(["a red apple"] * 3, SMOKE.text.vocabulary))
    shake(model.transformer)
    shake(model.vae)
    save_model(model, folder, torch.float32)
    return model


def test_text_encoder_is_qwen3_up_to_the_last_layer_but_one(tmp_path):
    model = saved(tmp_path)
    ids = torch.randint(0, 300, (2, 32))
    theirs = Qwen3Model.from_pretrained(tmp_path / "text_encoder")(input_ids=ids, output_hidden_states=True).hidden_states[-2]
    assert (model.text_encoder(ids) - theirs).abs().max() < CLOSE


def test_transformer_is_diffusers_at_both_sizes_and_both_caption_lengths(tmp_path):
    model = saved(tmp_path)
    theirs = ZImageTransformer2DModel.from_pretrained(tmp_path / "transformer")
    for edge in (16, 8):
        for length in (32, 64):
            x, t = torch.randn(2, 16, edge, edge), torch.tensor([0.3, 0.8])
            caption, count = torch.randn(2, length, SMOKE.text.hidden), torch.tensor([length - 9, length])
            ours = model.transformer(x, t, caption, count)
            other = theirs([one[:, None] for one in x], t, [c[:n] for c, n in zip(caption, count)], return_dict=False)[0]
            assert (ours - torch.stack([one[:, 0] for one in other])).abs().max() < CLOSE


def test_vae_is_diffusers(tmp_path):
    model = saved(tmp_path)
    theirs = AutoencoderKL.from_pretrained(tmp_path / "vae")
    x, z = torch.randn(1, 3, 64, 64), torch.randn(1, 16, 4, 4)
    assert (model.vae.encode(x) - theirs.encode(x).latent_dist.mean).abs().max() < CLOSE
    assert (model.vae.decode(z) - theirs.decode(z).sample).abs().max() < CLOSE


def test_a_grown_vae_starts_from_the_old_one(tmp_path):
    old = Vae(VaeSizes(channels=(8, 8, 16), groups=4, latent_channels=4))
    shake(old)
    new = grow(old)
    seen = {}
    for name, vae in (("old", old), ("new", new)):
        vae.decoder.conv_norm_out.register_forward_pre_hook(lambda _, inputs, name=name: seen.__setitem__(name, inputs[0]))
        vae.decode(torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1)))
    assert (seen["new"] - F.interpolate(seen["old"], scale_factor=2)).abs().max() < CLOSE
    features = new.encoder.conv_in(torch.randn(1, 3, 32, 32))
    outer = new.encoder.down_blocks[0]
    assert (outer.downsamplers[0](outer.resnets[0](features)) - F.avg_pool2d(features, 2)).abs().max() < CLOSE
    assert torch.equal(new.encoder.down_blocks[1].resnets[0].conv1.weight, old.encoder.down_blocks[0].resnets[0].conv1.weight)

#!/usr/bin/env python3
"""Makes the networks of this folder's descriptions whose weights come from timm: ONNX files, and the list of labels.

usage: export.py NAME...        (one of those below, or any of timm's: then a description is written as well)

    python3 -m venv /tmp/export && /tmp/export/bin/pip install torch timm onnx onnxscript
    /tmp/export/bin/python Examples/models/export.py mobilenet4

--random: weights that nobody has trained, and nothing is downloaded but the packages.
"""
import argparse
import pathlib

import timm
import timm.data
import torch

FOLDER = pathlib.Path(__file__).resolve().parent
LABELS = "imagenet-1000.txt"
NETWORKS = {
    "mobilenet3": "mobilenetv3_large_100.ra_in1k",
    "mobilenet4": "mobilenetv4_conv_small.e2400_r224_in1k",
    "efficientnet-lite0": "tf_efficientnet_lite0.in1k",
    "resnet50": "resnet50.a1_in1k",
    "convnext-tiny": "convnext_tiny.in12k_ft_in1k",
    "tinyvit": "tiny_vit_5m_224.dist_in22k_ft_in1k",
    "clip": "vit_base_patch32_clip_quickgelu_224.openai",
}


class Both(torch.nn.Module):
    """Logits, and the numbers that they are made of."""

    outputs = ["logits", "embedding"]

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, picture):
        embedding = self.network.forward_head(self.network.forward_features(picture), pre_logits=True)
        return self.network.get_classifier()(embedding), embedding


class Embedding(Both):
    """A tower of CLIP: what it gives is compared with what the other tower makes of words."""

    outputs = ["embedding"]

    def forward(self, picture):
        return self.network(picture)


def description(name, of, about):
    """As the files beside this script have it."""
    def scaled(values):
        values = [round(255 * value, 3) for value in values]
        return values[0] if len(set(values)) == 1 else values
    _, height, width = about.input_size
    size = width if width == height else f"{width}x{height}"
    fit = "fit: squash" if about.crop_mode == "squash" else f"crop: {about.crop_pct}"
    classifies = about.num_classes == 1000
    return (f"# {about.hf_hub_id} on Hugging Face, licence {about.license}; export.py makes the file.\nversion: 1\n"
            f"description: {of}\nfile: {name}.onnx\n"
            f"input: {{ size: {size}, {fit}, mean: {scaled(about.mean)}, divide: {scaled(about.std)} }}\n"
            + (f"output: {{ logits: logits, embedding: embedding }}\nlabels: {LABELS}\n" if classifies else
               "output: embedding\n"))


def export(name, random):
    of = NETWORKS.get(name, name)
    network = timm.create_model(of, pretrained=not random).eval()
    about = network.pretrained_cfg
    about = timm.models.PretrainedCfg(**about) if isinstance(about, dict) else about
    classifies = about.num_classes == 1000
    whole = (Both if classifies else Embedding)(network).eval()
    picture = torch.rand(1, *about.input_size)
    with torch.no_grad():
        given = whole(picture)
        assert torch.allclose(given[0] if classifies else given, network(picture), atol=1e-4), "not what timm says"
        path = FOLDER / f"{name}.onnx"
        torch.onnx.export(whole, (picture,), path, dynamo=True, external_data=False, opset_version=18,
                          input_names=["input"], output_names=whole.outputs, verbose=False)
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
    if not (FOLDER / f"{name}.yaml").exists():
        (FOLDER / f"{name}.yaml").write_text(description(name, of, about))
    if classifies and not (FOLDER / LABELS).exists():
        info = timm.data.ImageNetInfo()
        (FOLDER / LABELS).write_text("".join(info.index_to_description(index).split(",")[0] + "\n" for index in range(1000)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="names: " + ", ".join(NETWORKS))
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--random", action="store_true", help="weights that nobody has trained; nothing is downloaded")
    options = parser.parse_args()
    for name in options.names:
        export(name, options.random)


if __name__ == "__main__":
    main()

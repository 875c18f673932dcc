#!/usr/bin/env python3
"""Makes words.safetensors: labels in words, as the text tower of a CLIP model describes them, for 'classify: { words: … }'.

    python3 -m venv clip && clip/bin/pip install open_clip_torch onnx
    clip/bin/python make-words.py --labels things.txt --out words.safetensors --image clip-image.onnx

It is run once, on any machine. Sluice itself needs neither Python nor the text tower: for each label the file has one row
of numbers (2 KB for 512 of them). With --image the picture tower is written too, with its description beside it; both have
to be of the same model and the same weights.

things.txt has a label a line. What is to be said in place of the label stands behind a colon, several with | between:

    sunset
    receipt: a till receipt | a crumpled receipt on a table
    other: something else
"""
import argparse
import json
import pathlib
import struct
import sys

# What a caption would say; the mean of these is steadier than any of them.
TEMPLATES = ["a photo of {}.", "a picture of {}.", "an image of {}.", "a close-up photo of {}.", "a cropped photo of {}.",
             "a bright photo of {}.", "a dark photo of {}.", "a bad photo of {}."]
MOST_LABELS, LONGEST_HEADER = 10_000, 1 << 20


def read_labels(lines):
    """Pairs of a label and what is said in its place."""
    labels = []
    for line in lines:
        label, _, words = line.partition(":")
        label = label.strip()
        if label:
            labels.append((label, [each.strip() for each in words.split("|") if each.strip()] or [label]))
    return labels


def prompts(words, templates):
    return [template.format(each) for each in words for template in templates]


def safetensors(labels, rows, scale, about):
    """The file's bytes. Rows are brought to length 1."""
    if not 0 < len(labels) <= MOST_LABELS:
        sys.exit(f"make-words: {len(labels)} labels; 1 to {MOST_LABELS} are possible")
    twice = {label for label in labels if labels.count(label) > 1}
    if twice:
        sys.exit(f"make-words: given twice: {', '.join(sorted(twice))}")
    numbers = []
    for label, row in zip(labels, rows, strict=True):
        length = sum(value * value for value in row) ** 0.5
        if not 1e-6 < length < float("inf"):
            sys.exit(f"make-words: the model says nothing of '{label}'")
        numbers += [value / length for value in row]
    width = len(numbers) // len(labels)
    metadata = {"format": "sluice-words", "version": "1", "labels": "\n".join(labels), "scale": repr(float(scale)), **about}
    header = json.dumps(
        {"__metadata__": metadata,
         "words": {"dtype": "F32", "shape": [len(labels), width], "data_offsets": [0, len(numbers) * 4]}},
        ensure_ascii=False).encode()
    header += b" " * (-len(header) % 8)
    if len(header) > LONGEST_HEADER:
        sys.exit("make-words: labels and templates are too long for one file")
    return struct.pack("<Q", len(header)) + header + struct.pack(f"<{len(numbers)}f", *numbers)


class OpenClip:
    def __init__(self, model, weights):
        import open_clip
        self.open_clip = open_clip
        self.model, _, _ = open_clip.create_model_and_transforms(model, pretrained=weights)
        self.model.eval()
        self.tokenizer = open_clip.get_tokenizer(model)
        if getattr(self.model, "logit_bias", None) is not None:
            sys.exit("make-words: this model was trained with a sigmoid and a bias (SigLIP), whose scores stand each for itself; "
                     "Sluice's add up to 1. Take a CLIP model")
        self.scale = self.model.logit_scale.exp().item()

    def rows(self, texts):
        return self.model.encode_text(self.tokenizer(texts))

    def write_image_tower(self, path):
        import torch

        class Tower(torch.nn.Module):
            def __init__(self, clip):
                super().__init__()
                self.clip = clip

            def forward(self, picture):
                return self.clip.encode_image(picture)

        try:
            # Branches that were only for training become one (MobileCLIP).
            from timm.utils import reparameterize_model
            self.model.visual = reparameterize_model(self.model.visual)
        except ImportError:
            pass
        look = self.open_clip.get_model_preprocess_cfg(self.model)
        side = look["size"]
        height, width = side if isinstance(side, (tuple, list)) else (side, side)
        torch.onnx.export(
            Tower(self.model).eval(), (torch.zeros(1, 3, height, width),), str(path), input_names=["picture"],
            output_names=["embedding"], opset_version=17, dynamo=False)
        fit = {"squash": "squash", "longest": "pad"}.get(look.get("resize_mode"), "crop")
        return width, height, fit, [255 * each for each in look["mean"]], [255 * each for each in look["std"]]


class Transformers:
    def __init__(self, model, _):
        import transformers
        self.model = transformers.AutoModel.from_pretrained(model).eval()
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(model)
        if getattr(self.model, "logit_bias", None) is not None:
            sys.exit("make-words: this is a SigLIP model; Sluice needs a CLIP model")
        self.scale = self.model.logit_scale.exp().item()

    def rows(self, texts):
        found = self.model.get_text_features(**self.tokenizer(texts, padding=True, truncation=True, return_tensors="pt"))
        return getattr(found, "pooler_output", found)

    def write_image_tower(self, _):
        sys.exit("make-words: --image needs --library open_clip; or export the model with 'optimum-cli export onnx'")


def describe(path, size, name):
    """The YAML beside a picture tower."""
    width, height, fit, mean, deviation = size
    numbers = [", ".join(f"{each:.6g}" for each in values) for values in (mean, deviation)]
    shape = width if width == height else f"{width}x{height}"
    path.with_suffix(".yaml").write_text(
        f"version: 1\ndescription: {json.dumps(name + ', pictures')}\nfile: {json.dumps(path.name)}\n"
        f"input: {{ size: {shape}, fit: {fit}, mean: [{numbers[0]}], divide: [{numbers[1]}] }}\noutput: embedding\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], epilog="Labels are read from --labels, or follow the options.")
    parser.add_argument("label", nargs="*")
    parser.add_argument("--labels", type=pathlib.Path, help="a text file with a label a line")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("words.safetensors"))
    parser.add_argument("--image", type=pathlib.Path, help="writes the picture tower too: an ONNX file, with its description")
    parser.add_argument("--library", choices=["open_clip", "transformers"], default="open_clip")
    parser.add_argument("--model", default="ViT-B-32", help="of the library: ViT-B-32, MobileCLIP-S1, …")
    parser.add_argument("--weights", default="laion2b_s34b_b79k", help="of open_clip, for that model; '' for random ones")
    parser.add_argument("--template", action="append", help="with {} for the label; may be given several times")
    options = parser.parse_args()
    lines = options.labels.read_text(encoding="utf-8").splitlines() if options.labels else []
    labels = read_labels(lines + options.label)
    templates = options.template or TEMPLATES
    if not labels:
        parser.error("no labels")
    if any("{}" not in template for template in templates):
        parser.error("a template needs {} where the label is to stand")
    import torch
    clip = (OpenClip if options.library == "open_clip" else Transformers)(options.model, options.weights or None)
    rows = []
    with torch.no_grad():
        for _, words in labels:
            each = clip.rows(prompts(words, templates)).float()
            each = each / each.norm(dim=-1, keepdim=True)
            rows.append(each.mean(dim=0).tolist())
        name = f"{options.model} {options.weights}".strip() if options.library == "open_clip" else options.model
        options.out.write_bytes(safetensors(
            [label for label, _ in labels], rows, clip.scale, {"model": name, "templates": "\n".join(templates)}))
        print(f"{options.out}: {len(labels)} labels, {len(rows[0])} numbers each, scale {clip.scale:.4g}")
        if options.image:
            describe(options.image, clip.write_image_tower(options.image), name)
            print(f"{options.image}, {options.image.with_suffix('.yaml')}: {options.image.stat().st_size >> 20} MiB")


if __name__ == "__main__":
    main()

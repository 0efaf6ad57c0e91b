"""What every arm written in Python has in common: the protocol of docs/peers.md.

An arm loads its networks once, says who it is in one line of JSON, and then answers each
line {"images": [PATH, ...]} with one line, until its input ends.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

BEGUN = time.perf_counter()

# Libraries may print. The answers go out by a descriptor of their own, and whatever is
# printed goes to the standard error.
_ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

Lines = list[dict]


def _write(value: dict) -> None:
    _ANSWERS.write(json.dumps(value, ensure_ascii=False) + "\n")
    _ANSWERS.flush()


def weights(role: str, path: Path) -> dict:
    """One file of weights: {"role", "file", "sha256"}."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"role": role, "file": path.name, "sha256": digest}


def line(polygon, text: str, confidence: float | None) -> dict:
    """One line of text; the polygon's corners in pixels, clockwise from the text's start."""
    return {
        "polygon": [[float(x), float(y)] for x, y in polygon],
        "text": text,
        "confidence": None if confidence is None else float(confidence),
    }


def one_by_one(read: Callable[[str], Lines], paths: list[str]) -> list[dict]:
    """Reads each image by itself; one that fails costs only itself."""
    answers = []
    for path in paths:
        try:
            answers.append({"lines": read(path)})
        except Exception as error:  # Whatever a peer raises is an outcome, not our error.
            answers.append({"error": f"{type(error).__name__}: {error}"})
    return answers


def serve(arm: Callable[[], tuple[dict, Callable[[list[str]], list[dict]]]]) -> None:
    """Loads an arm and answers requests until the input ends.

    `arm` returns who it is, without "load_ms" and with "weights" as a function, and what
    reads the paths of one request.
    """
    try:
        ready, read = arm()
        load_ms = (time.perf_counter() - BEGUN) * 1e3
        ready["weights"] = ready["weights"]()
    except Exception as error:  # The arm is then shown as not available, with this reason.
        _write({"unavailable": f"{type(error).__name__}: {error}"})
        return
    _write({**ready, "load_ms": load_ms})
    for request in sys.stdin:
        paths = json.loads(request)["images"]
        begun = time.perf_counter()
        images = read(paths)
        _write({"wall_ms": (time.perf_counter() - begun) * 1e3, "images": images})

"""The worker's side of overnight's JSON-lines protocol, version 1.

Described in docs/workers.md. Python 3.8 or later, standard library only, so that it can be
copied beside a worker of one's own:

    from overnight_worker import line, serve

    def load(start):
        engine = MyEngine(**start["settings"])
        def read(images):
            return [{"lines": [line(box, text, score) for box, text, score in
                               engine(image.path)]} for image in images]
        return {"name": "my-engine", "version": "1.0"}, read

    serve(load)
"""

import hashlib
import json
import math
import os
import queue
import sys
import threading
import time
import traceback

PROTOCOL = 1

# What libraries say when memory runs out, in lower case.
OUT_OF_MEMORY = (
    "out of memory",
    "memoryerror",
    "bad_alloc",
    "failed to allocate memory",
    "cannot allocate memory",
    "resource exhausted",
    "resourceexhausted",
    "cublas_status_alloc_failed",
)
# After one of these the process cannot use its GPU any more.
GPU_IS_LOST = ("cuda error", "device-side assert", "cudnn_status_execution_failed")
# How long a worker may go on after nobody is left to read its answers, in seconds.
ORPHAN_GRACE_S = 5.0


class Unavailable(Exception):
    """Raised by `load` when something is missing; `hint` is the command that gets it."""

    def __init__(self, reason, hint=None):
        super().__init__(reason)
        self.hint = hint


class Image:
    """One image to read: an upright 24-bit BMP file at `path`, gone after the answer."""

    def __init__(self, request):
        self.id = request["id"]
        self.path = request["image"]
        self.name = request.get("name", "")
        self.width = request.get("width")
        self.height = request.get("height")

    def bgr(self):
        """The pixels as an array of shape (height, width, 3), uint8, channels BGR."""
        import cv2

        pixels = cv2.imread(self.path, cv2.IMREAD_COLOR)
        if pixels is None:
            raise ValueError("failed to read the image %s" % self.path)
        return pixels


def line(polygon, text, confidence=None):
    """A line as the protocol wants it, from whatever numbers a library gives.

    `polygon` is a sequence of (x, y) in pixels of the image, clockwise from the corner at
    the start of the text, or None. A number that is not finite counts as absent.
    """
    points = []
    for point in polygon if polygon is not None else ():
        x, y = float(point[0]), float(point[1])
        if not (math.isfinite(x) and math.isfinite(y)):
            points = []
            break
        points.append([x, y])
    score = None if confidence is None else float(confidence)
    if score is not None:
        # Rounding may lead a mean of probabilities a little beyond 1.
        score = min(max(score, 0.0), 1.0) if math.isfinite(score) else None
    return {"polygon": points, "text": str(text), "confidence": score}


def package(name, requirement):
    """Imports a package, or says how to install it."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        traceback.print_exc()
        raise Unavailable(
            "the Python package %s cannot be imported: %s" % (name, error),
            "%s -m pip install %s" % (sys.executable, requirement),
        ) from error


def model(role, path):
    """A model file of the hello, with the SHA-256 of its bytes."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return {"role": role, "name": os.path.basename(str(path)), "sha256": digest.hexdigest()}


def python_version():
    """Such as `Python 3.11.7`."""
    return "Python %d.%d.%d" % sys.version_info[:3]


def serve(load):
    """Loads the reader, says hello and answers requests until stdin ends.

    `load(start)` returns a hello (a dict with at least "name") and a function `read(images)`
    that returns one result for each image, in order: {"lines": [...], "timings_ms": {...}}.
    """
    say = _claim_stdout()
    requests = _claim_stdin()
    try:
        start = json.loads(os.environ.get("OVERNIGHT_WORKER") or "{}")
        start.setdefault("settings", {})
        hello, read = load(start)
    except Unavailable as error:
        say({"overnight_worker": PROTOCOL, "error": str(error), "hint": error.hint})
        sys.exit(3)
    except Exception as error:
        traceback.print_exc()
        say({"overnight_worker": PROTOCOL, "error": _one_line(error)})
        sys.exit(1)
    say(dict({"overnight_worker": PROTOCOL}, **hello))
    while True:
        request = requests.get()
        if request is None:
            return
        if request.get("type") != "recognize":
            continue
        images = [Image(entry) for entry in request["batch"]]
        for image, result in _results(read, images):
            say(dict(result, id=image.id))
            if result.get("gpu_is_lost"):
                # Whatever follows would fail, too; a fresh process will not.
                sys.stderr.flush()
                os._exit(1)
        say({"done": request["request"]})


def _results(read, images):
    """One result for each image. A batch that fails is read again one image at a time."""
    try:
        results = list(read(images))
        if len(results) != len(images):
            raise ValueError("%d results for %d images" % (len(results), len(images)))
        return list(zip(images, results))
    except Exception as error:
        if len(images) == 1:
            traceback.print_exc()
            return [(images[0], _failure(error))]
        if _is_out_of_memory(error):
            # The program hands the images over again in smaller batches.
            return [(image, _failure(error)) for image in images]
    return (pair for image in images for pair in _results(read, [image]))


def _failure(error):
    text = str(error).lower()
    if _is_out_of_memory(error):
        return {"status": "oom", "error": _one_line(error)}
    failure = {"status": "crashed", "error": _one_line(error)}
    if any(words in text for words in GPU_IS_LOST):
        failure["gpu_is_lost"] = True
    return failure


def _is_out_of_memory(error):
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(words in text for words in OUT_OF_MEMORY)


def _one_line(error):
    lines = traceback.format_exception_only(type(error), error)
    words = [part.strip() for part in "".join(lines).splitlines() if part.strip()]
    return (words[-1] if words else type(error).__name__)[:500]


def _claim_stdout():
    """Keeps stdout for answers alone: whatever else prints there goes to stderr from now on."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    sys.stdout.flush()
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def say(message):
        # ASCII, so that no broken surrogate of a library can break a line; no NaN.
        answers.write(json.dumps(message, allow_nan=False) + "\n")
        answers.flush()

    return say


def _claim_stdin():
    """A queue of requests; None at the end of stdin."""
    source = os.fdopen(os.dup(0), "r", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    requests = queue.Queue()

    def listen():
        try:
            for text in source:
                if text.strip():
                    requests.put(json.loads(text))
        except ValueError:
            traceback.print_exc()
        requests.put(None)
        # Stdin is closed when nothing is left to do, or when the program is gone. In both
        # cases nobody waits for an answer that is still being worked out.
        time.sleep(ORPHAN_GRACE_S)
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    return requests

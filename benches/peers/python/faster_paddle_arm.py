"""The arm of faster-paddle: its model size `small`, everything else as it comes.

Several images are one call of `ocr_batch`, one image is a call of `ocr`. Its answers have
upright boxes only. Its ONNX Runtime and its weights are linked into its library.
"""

import re
from importlib.metadata import version
from pathlib import Path

import protocol


def arm():
    import faster_paddle

    engine = faster_paddle.OcrEngine(model_size="small")
    config = engine.config

    def weights() -> list[dict]:
        library = Path(faster_paddle.faster_paddle.__file__)
        return [protocol.weights("built into the library", library)]

    def lines(result: dict) -> list[dict]:
        found = []
        for bound in result["bounds"].values():
            (left, top), (right, bottom) = bound["topLeftCoord"], bound["bottomRightCoord"]
            box = [(left, top), (right, top), (right, bottom), (left, bottom)]
            found.append(protocol.line(box, bound["text"], bound["confidence"]))
        return found

    def read_one(path: str) -> list[dict]:
        return lines(engine.ocr(Path(path).read_bytes()))

    def read(paths: list[str]) -> list[dict]:
        if len(paths) > 1:
            try:
                results = engine.ocr_batch([Path(path).read_bytes() for path in paths])
                return [{"lines": lines(result)} for result in results]
            except Exception:  # One bad image fails the whole call: find out which.
                pass
        return protocol.one_by_one(read_one, paths)

    built = re.search(r"rel-([0-9.]+)", faster_paddle.__runtime_build__)
    ready = {
        "version": version("faster-paddle"),
        "runtime": f"onnxruntime {built.group(1) if built else 'unknown'}, built in",
        "threads": f"{config['threads']}, its default",
        "settings": f"model_size small; a chunk is one call of ocr_batch; {config}",
        "weights": weights,
    }
    return ready, read


protocol.serve(arm)

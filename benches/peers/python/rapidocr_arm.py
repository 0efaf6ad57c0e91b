"""The arms of RapidOCR: rapidocr_arm.py [--no-cls]. It has no call for several images."""

import sys
from importlib.metadata import version
from pathlib import Path

import protocol


def arm():
    import rapidocr
    from rapidocr import RapidOCR

    use_cls = "--no-cls" not in sys.argv[1:]
    # Building the engine loads nothing yet; the networks are loaded as the first call would.
    engine = RapidOCR() if use_cls else RapidOCR(params={"Global.use_cls": False})
    engine._load_det_model()
    engine._load_rec_model()
    if use_cls:
        engine._load_cls_model()
    models = Path(rapidocr.__file__).parent / "models"

    def weights() -> list[dict]:
        files = [
            protocol.weights("detection", models / "PP-OCRv6_det_small.onnx"),
            protocol.weights("recognition", models / "PP-OCRv6_rec_small.onnx"),
        ]
        if use_cls:
            file = models / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"
            files.append(protocol.weights("classification", file))
        return files

    def read(path: str) -> list[dict]:
        result = engine(path)
        if len(result) == 0 or result.boxes is None:
            return []
        found = zip(result.boxes, result.txts, result.scores, strict=True)
        return [protocol.line(box, text, score) for box, text, score in found]

    ready = {
        "version": version("rapidocr"),
        "runtime": f"onnxruntime {version('onnxruntime')}",
        "threads": "ONNX Runtime's default: all cores",
        "settings": f"defaults, classifier {'on' if use_cls else 'off'}; images one after another",
        "weights": weights,
    }
    return ready, lambda paths: protocol.one_by_one(read, paths)


protocol.serve(arm)

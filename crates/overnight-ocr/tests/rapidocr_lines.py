"""Reads every crop a line of stdin names with RapidOCR, one at a time: one JSON line each.

A line of stdin is `{"path": ..., "turn": true or false}`; the first line of the answer says
which recogniser is loaded.
"""

import hashlib
import json
import sys
from pathlib import Path

import rapidocr

# A crop is handed over as it is: without this, low ones would be enlarged first.
engine = rapidocr.RapidOCR(
    params={"Global.use_preprocess_img": False, "Global.log_level": "critical"}
)
weights = Path(rapidocr.__file__).parent / "models" / "PP-OCRv6_rec_small.onnx"
loaded = {"recognition": hashlib.sha256(weights.read_bytes()).hexdigest()}
print(json.dumps(loaded), flush=True)

for line in sys.stdin:
    crop = json.loads(line)
    read = engine(crop["path"], use_det=False, use_cls=crop["turn"], use_rec=True)
    texts, scores = read.txts or [""], read.scores or [0.0]
    print(json.dumps({"text": texts[0], "confidence": float(scores[0])}), flush=True)

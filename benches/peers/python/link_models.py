"""Links RapidOCR's PP-OCRv6 small networks into a folder: link_models.py FOLDER."""

import hashlib
import sys
from pathlib import Path

import onnxruntime
import rapidocr

# The files docs/peers.md speaks of. Others would be other peers.
FILES = {
    "pp-ocrv6_small_det.onnx": (
        "PP-OCRv6_det_small.onnx",
        "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    ),
    "pp-ocrv6_small_rec.onnx": (
        "PP-OCRv6_rec_small.onnx",
        "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    ),
}

folder = Path(sys.argv[1])
source = Path(rapidocr.__file__).parent / "models"
for name, (member, expected) in FILES.items():
    actual = hashlib.sha256((source / member).read_bytes()).hexdigest()
    if actual != expected:
        sys.exit(f"{member} is another file: SHA-256 {actual}, expected {expected}")
    link = folder / name
    link.unlink(missing_ok=True)
    link.symlink_to((source / member).resolve())

session = onnxruntime.InferenceSession(str(folder / "pp-ocrv6_small_rec.onnx"))
characters = session.get_modelmeta().custom_metadata_map["character"]
(folder / "ppocrv6_dict.txt").write_text(characters + "\n", encoding="utf-8", newline="\n")

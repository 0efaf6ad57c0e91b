"""EasyOCR as a worker of overnight. Settings: "languages" (default ["en"]); those in "readtext"
go to `Reader.readtext`, the others to `Reader`, such as {"languages": ["ko", "en"], "gpu": false,
"model_storage_directory": "models/easyocr", "readtext": {"beamWidth": 5}}.

EasyOCR fetches weights it does not have from the network; without one, name a folder that has
them by `model_storage_directory`."""

import glob
import os

from overnight_worker import Unavailable, line, model, package, python_version, serve


def load(start):
    easyocr = package("easyocr", "easyocr")
    import torch

    settings = dict(start["settings"])
    languages = settings.pop("languages", ["en"])
    options = settings.pop("readtext", {})
    settings.setdefault("gpu", torch.cuda.is_available())
    settings.setdefault("verbose", False)
    if start.get("threads"):
        torch.set_num_threads(start["threads"])
    try:
        engine = easyocr.Reader(languages, **settings)
    except (OSError, FileNotFoundError) as error:
        raise Unavailable(
            "EasyOCR cannot get its weights: %s" % error,
            "name a folder of weights in `settings` (model_storage_directory), or start once "
            "with network access",
        ) from error

    def read(images):
        return [
            {"lines": [line(*found) for found in engine.readtext(image.bgr(), **options)]}
            for image in images
        ]

    folder = engine.model_storage_directory
    hello = {
        "name": "easyocr",
        "version": easyocr.__version__,
        "runtime": "torch %s, %s" % (torch.__version__, python_version()),
        "device": str(engine.device),
        "models": [model("weights", path) for path in sorted(glob.glob(os.path.join(folder, "*.pth")))],
    }
    return hello, read


serve(load)

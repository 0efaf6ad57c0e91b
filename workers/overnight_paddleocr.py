"""PaddleOCR 3.x as a worker of overnight. Settings are the arguments of `PaddleOCR`, such as
{"lang": "korean", "text_recognition_model_dir": "models/rec"}.

Turning and flattening the page are off unless the settings switch them on: the boxes would
no longer be places in the image that was handed over. PaddleOCR fetches weights it does not
have from the network; without one, name folders by `text_detection_model_dir` and
`text_recognition_model_dir`. With "engine": "onnxruntime" these hold `inference.onnx`."""

import os

from overnight_worker import Unavailable, line, model, package, python_version, serve

# Without these, PaddleOCR probes several hosts before it looks at the folders it was given.
os.environ.setdefault("DISABLE_MODEL_SOURCE_CHECK", "True")
os.environ.setdefault("PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK", "True")

DEFAULTS = {
    "use_doc_orientation_classify": False,
    "use_doc_unwarping": False,
    "use_textline_orientation": False,
}
WEIGHTS = ("inference.pdiparams", "inference.onnx")
FOLDERS = (
    ("detection", "text_detection_model_dir"),
    ("recognition", "text_recognition_model_dir"),
    ("classification", "textline_orientation_model_dir"),
)


def load(start):
    paddleocr = package("paddleocr", "paddleocr paddlepaddle")
    settings = dict(DEFAULTS, **start["settings"])
    runtime, device = runtime_of(settings)
    if start.get("threads"):
        settings.setdefault("cpu_threads", start["threads"])
    try:
        engine = paddleocr.PaddleOCR(**settings)
    except Exception as error:
        if "No available model hosting platforms" in str(error) or "download" in str(error).lower():
            raise Unavailable(
                "PaddleOCR cannot fetch its weights: %s" % error,
                "name folders of weights in `settings` (text_detection_model_dir, "
                "text_recognition_model_dir), or start once with network access",
            ) from error
        raise

    def read(images):
        found = engine.predict([image.bgr() for image in images])
        return [{"lines": list(lines(page))} for page in found]

    hello = {
        "name": "paddleocr",
        "version": paddleocr.__version__,
        "runtime": "%s, %s" % (runtime, python_version()),
        "device": str(settings.get("device") or device),
        "max_batch_size": 16,
        "models": list(models(settings)),
    }
    return hello, read


def runtime_of(settings):
    """What executes the networks, with its version, and the device it takes by itself."""
    if settings.get("engine") == "onnxruntime":
        onnxruntime = package("onnxruntime", "onnxruntime")
        return "onnxruntime %s" % onnxruntime.__version__, "cpu"
    paddle = package("paddle", "paddleocr paddlepaddle")
    return "paddlepaddle %s" % paddle.__version__, paddle.device.get_device()


def models(settings):
    for role, key in FOLDERS:
        for name in WEIGHTS:
            path = os.path.join(str(settings.get(key) or ""), name)
            if settings.get(key) and os.path.isfile(path):
                yield dict(model(role, path), name=os.path.basename(str(settings[key])))


def lines(page):
    for box, text, score in zip(page["rec_polys"], page["rec_texts"], page["rec_scores"]):
        yield line(box, text, score)


serve(load)

"""RapidOCR 3.x as a worker of overnight. Settings are RapidOCR's own parameters, such as
{"Global": {"use_cls": false}, "Det": {"limit_side_len": 960}}; see its config.yaml."""

from overnight_worker import line, model, package, python_version, serve

STAGES = (("detection", "text_det"), ("classification", "text_cls"), ("recognition", "text_rec"))


def flat(settings, prefix=""):
    """{"Det": {"thresh": 0.3}} as {"Det.thresh": 0.3}, the form RapidOCR wants."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, prefix + key + ".")
        else:
            yield prefix + key, value


def parameters(start):
    from rapidocr.utils import typings

    enumerations = {
        "engine_type": typings.EngineType,
        "model_type": typings.ModelType,
        "ocr_version": typings.OCRVersion,
        "task_type": typings.TaskType,
    }
    found = {"Global.log_level": "warning"}
    if start.get("threads"):
        found["EngineConfig.onnxruntime.intra_op_num_threads"] = start["threads"]
    for key, value in flat(start["settings"]):
        enumeration = enumerations.get(key.rsplit(".", 1)[-1])
        found[key] = enumeration(value) if enumeration else value
    return found


def load(start):
    rapidocr = package("rapidocr", "rapidocr onnxruntime")
    package("onnxruntime", "onnxruntime")
    import onnxruntime
    from rapidocr._version import __version__

    engine = rapidocr.RapidOCR(params=parameters(start))
    # RapidOCR loads its networks at first use; a worker that says hello has them.
    engine._load_det_model()
    engine._load_rec_model()
    if engine.use_cls:
        engine._load_cls_model()

    def read(images):
        return [one(engine, image) for image in images]

    hello = {
        "name": "rapidocr",
        "version": __version__,
        "runtime": "onnxruntime %s, %s" % (onnxruntime.__version__, python_version()),
        "device": device(engine),
        "models": list(models(engine)),
    }
    return hello, read


def device(engine):
    session = getattr(engine.text_rec.session, "session", None)
    providers = session.get_providers() if session is not None else []
    return "gpu" if any("CPU" not in provider for provider in providers) else "cpu"


def models(engine):
    for role, name in STAGES:
        stage = getattr(engine, name, None)
        session = getattr(getattr(stage, "session", None), "session", None)
        path = getattr(session, "_model_path", None)
        if path:
            yield model(role, path)


def one(engine, image):
    found = engine(image.bgr())
    if getattr(found, "txts", None) is None:
        return {"lines": []}
    boxes = found.boxes if found.boxes is not None else [None] * len(found.txts)
    lines = [line(box, text, score) for box, text, score in zip(boxes, found.txts, found.scores)]
    # The classifier's time has no name in the protocol; it stays in the rest.
    detect, _, recognise = (list(found.elapse_list) + [None] * 3)[:3]
    timings = {"detect": detect, "recognise": recognise}
    return {
        "lines": lines,
        "timings_ms": {stage: s * 1000.0 for stage, s in timings.items() if s is not None},
    }


serve(load)

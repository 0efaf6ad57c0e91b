"""Any Python callable as a worker of overnight: `callable = "package.module:name"`.

A function is called as `name(path, **settings)`; a class is made once with the settings and
its instance called as `instance(path)`. The answer may be text, or a list of lines, each a
text, (polygon, text), (polygon, text, confidence) or {"text", "polygon", "confidence"}; a
dictionary {"lines": [...], "timings_ms": {...}} says more. With an attribute `max_batch_size`
above 1 it gets a list of paths and returns a list of answers."""

import hashlib
import importlib
import inspect
import os
import sys

from overnight_worker import Unavailable, line, python_version, serve


def load(start):
    address = start.get("callable") or ""
    module_name, _, name = address.partition(":")
    # The project's own modules are found as if its Python were started in its folder.
    sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
        target = module
        for part in name.split("."):
            target = getattr(target, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise Unavailable(
            "failed to find the callable `%s`: %s" % (address, error),
            "check `callable`, and that %s has what the module imports" % sys.executable,
        ) from error
    settings = start["settings"]
    if inspect.isclass(target):
        call, settings = target(**settings), {}
    else:
        call = target
    if not callable(call):
        raise Unavailable("`%s` cannot be called" % address)
    batch_size = int(getattr(call, "max_batch_size", 1))

    def read(images):
        paths = [image.path for image in images]
        if batch_size > 1:
            return [result(answer) for answer in call(paths, **settings)]
        return [result(call(path, **settings)) for path in paths]

    hello = {
        "name": address,
        "version": version(module),
        "runtime": python_version(),
        "device": str(getattr(call, "device", "unknown")),
        "max_batch_size": batch_size,
    }
    return hello, read


def version(module):
    """The module's own version and the hash of its source."""
    parts = [str(getattr(module, "__version__", ""))]
    source = getattr(module, "__file__", None)
    if source and os.path.isfile(source):
        with open(source, "rb") as file:
            parts.append("source " + hashlib.sha256(file.read()).hexdigest()[:12])
    return " ".join(part for part in parts if part)


def result(answer):
    if answer is None:
        return {"lines": []}
    if isinstance(answer, str):
        return {"lines": [line(None, text) for text in answer.splitlines()]}
    if isinstance(answer, dict):
        return dict(answer, lines=[one(entry) for entry in answer.get("lines", [])])
    return {"lines": [one(entry) for entry in answer]}


def one(entry):
    if isinstance(entry, str):
        return line(None, entry)
    if isinstance(entry, dict):
        return line(entry.get("polygon"), entry["text"], entry.get("confidence"))
    return line(*entry)


serve(load)

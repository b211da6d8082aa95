"""Feed damaged Keras configurations and archives to the reader: each is a network, or one clear error.

    pip install atheris
    python tests/fuzz/keras_files.py corpus -runs=1000000 -max_len=4096

Not run by pytest. What it found is replayed by `test_keras.py`.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["archcalc.convert.keras"]):
    from archcalc.convert.keras.file import parsed, unpacked
    from archcalc.convert.keras.reader import draft_of
from archcalc.errors import ArchcalcError


def read(data: bytes) -> None:
    """What `archcalc report` does with a file; the spec is written of one in 64, which takes most of the time."""
    try:
        text = unpacked("model.keras", io.BytesIO(data)) if data[:2] == b"PK" else data
        draft = draft_of(parsed(text, "model.keras"), "model.keras", {})
        if sum(data) % 64 == 0:
            draft.written()
    except ArchcalcError as error:
        assert str(error).strip()


def seed(folder: Path) -> None:
    """The configurations that the tests have, layer by layer, and archives of them."""
    from json import dumps, loads

    folder.mkdir(exist_ok=True)
    for path in sorted((Path(__file__).parents[1] / "keras").glob("*.json")):
        config = loads(path.read_text(encoding="utf-8"))
        (folder / path.name).write_bytes(dumps(config).encode())
        with zipfile.ZipFile(folder / f"{path.stem}.keras", "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("config.json", dumps(config))
        for layer in config["config"]["layers"]:
            own = {name: value for name, value in layer["config"].items() if not isinstance(value, dict)}
            given = {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 3]}}
            chain = {"layers": [given, {"class_name": layer["class_name"], "config": own}]}
            (folder / f"{path.stem}-{own['name']}").write_bytes(
                dumps({"class_name": "Sequential", "config": chain}).encode()
            )


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        seed(Path(sys.argv[1]))
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()

"""Layers of Keras that act in training alone: nothing in inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.convert.keras.rules import rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.convert.keras.model import Call
    from archcalc.convert.keras.reader import Reader
    from archcalc.convert.keras.values import Flow

_THROUGH: Mapping[str, str] = {
    "Dropout": "dropout",
    "SpatialDropout1D": "spatial_dropout",
    "SpatialDropout2D": "spatial_dropout",
    "SpatialDropout3D": "spatial_dropout",
    "AlphaDropout": "dropout",
    "StochasticDepth": "drop_path",
}


@rule(*_THROUGH)
def dropout(reader: Reader, call: Call) -> Flow:
    """Nothing in inference."""
    flow, fields = reader.one(call), call.entry.fields
    name = "drop_path_rate" if call.entry.kind == "StochasticDepth" else "rate"
    op = _THROUGH[call.entry.kind]
    return flow._replace(source=reader.put(op, {"p": fields.number(name, 0.5)}, flow))


_IDLE = """
GaussianNoise GaussianDropout ActivityRegularization Masking MaskingV1 Identity
RandomFlip RandomRotation RandomZoom RandomTranslation RandomShear RandomPerspective RandomElasticTransform
RandomContrast RandomBrightness RandomHue RandomSaturation RandomSharpness RandomGrayscale RandomInvert
RandomColorJitter RandomColorDegeneration RandomPosterization RandomGaussianBlur RandomErasing
RandAugment AugMix MixUp CutMix Solarization
""".split()


@rule(*_IDLE)
def through(reader: Reader, call: Call) -> Flow:
    """What is read, as it is in inference."""
    flow = reader.one(call)
    return flow._replace(source=reader.put("identity", {}, flow))

"""Every layer kind that comes with archcalc, a file for each family."""

from archcalc.layers.activation import LecunTanh, Relu, Sigmoid, Softmax, Tanh
from archcalc.layers.conv import Conv2d
from archcalc.layers.dense import Linear, Rbf
from archcalc.layers.pool import AvgPool2d, MaxPool2d, Subsample2d
from archcalc.layers.regularisation import Dropout
from archcalc.layers.shape import Flatten

__all__ = [
    "AvgPool2d",
    "Conv2d",
    "Dropout",
    "Flatten",
    "LecunTanh",
    "Linear",
    "MaxPool2d",
    "Rbf",
    "Relu",
    "Sigmoid",
    "Softmax",
    "Subsample2d",
    "Tanh",
]

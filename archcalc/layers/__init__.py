"""Every layer kind that comes with archcalc, a file for each family."""

from archcalc.layers.activation import (
    Gelu,
    HardSigmoid,
    HardSwish,
    HardTanh,
    LecunTanh,
    LogSigmoid,
    Mish,
    Sigmoid,
    Silu,
    Softplus,
    Softsign,
    Tanh,
)
from archcalc.layers.adaptive import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
    GlobalAvgPool1d,
    GlobalAvgPool2d,
    GlobalAvgPool3d,
    GlobalMaxPool1d,
    GlobalMaxPool2d,
    GlobalMaxPool3d,
)
from archcalc.layers.attention import Attention
from archcalc.layers.conv import Conv1d, Conv2d, Conv3d
from archcalc.layers.conv_transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from archcalc.layers.dense import Bilinear, Linear, Rbf
from archcalc.layers.depthwise import DepthwiseConv1d, DepthwiseConv2d
from archcalc.layers.embedding import Embedding, Parameter, PositionEmbedding, SinusoidalPosition
from archcalc.layers.gated import Geglu, Glu, Reglu, Swiglu
from archcalc.layers.grid import ChannelShuffle, PixelShuffle, PixelUnshuffle, Upsample
from archcalc.layers.join import Add, Average, Concat, Matmul, Maximum, Minimum, Multiply, Subtract
from archcalc.layers.layer_norm import LayerNorm, LayerScale, RmsNorm
from archcalc.layers.local import LocallyConnected1d, LocallyConnected2d
from archcalc.layers.norm import BatchNorm, GroupNorm, InstanceNorm, LocalResponseNorm
from archcalc.layers.opaque import Opaque
from archcalc.layers.parts import Pad, Select, Slice
from archcalc.layers.pool import AvgPool1d, AvgPool2d, AvgPool3d, MaxPool1d, MaxPool2d, MaxPool3d, Subsample2d
from archcalc.layers.rarer import MedianPool2d, MixedPool2d, StochasticPool2d
from archcalc.layers.rectifier import Celu, Elu, LeakyRelu, Prelu, Relu, Relu6, Selu
from archcalc.layers.recurrent import Gru, Lstm, Rnn
from archcalc.layers.regularisation import Dropout, DropPath, Identity, SpatialDropout
from archcalc.layers.shape import Flatten, Permute, Reshape
from archcalc.layers.softmax import LogSoftmax, Softmax

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "Add",
    "Attention",
    "Average",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BatchNorm",
    "Bilinear",
    "Celu",
    "ChannelShuffle",
    "Concat",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "DepthwiseConv1d",
    "DepthwiseConv2d",
    "DropPath",
    "Dropout",
    "Elu",
    "Embedding",
    "Flatten",
    "Geglu",
    "Gelu",
    "GlobalAvgPool1d",
    "GlobalAvgPool2d",
    "GlobalAvgPool3d",
    "GlobalMaxPool1d",
    "GlobalMaxPool2d",
    "GlobalMaxPool3d",
    "Glu",
    "GroupNorm",
    "Gru",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "Identity",
    "InstanceNorm",
    "LayerNorm",
    "LayerScale",
    "LeakyRelu",
    "LecunTanh",
    "Linear",
    "LocalResponseNorm",
    "LocallyConnected1d",
    "LocallyConnected2d",
    "LogSigmoid",
    "LogSoftmax",
    "Lstm",
    "Matmul",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Maximum",
    "MedianPool2d",
    "Minimum",
    "Mish",
    "MixedPool2d",
    "Multiply",
    "Opaque",
    "Pad",
    "Parameter",
    "Permute",
    "PixelShuffle",
    "PixelUnshuffle",
    "PositionEmbedding",
    "Prelu",
    "Rbf",
    "Reglu",
    "Relu",
    "Relu6",
    "Reshape",
    "RmsNorm",
    "Rnn",
    "Select",
    "Selu",
    "Sigmoid",
    "Silu",
    "SinusoidalPosition",
    "Slice",
    "Softmax",
    "Softplus",
    "Softsign",
    "SpatialDropout",
    "StochasticPool2d",
    "Subsample2d",
    "Subtract",
    "Swiglu",
    "Tanh",
    "Upsample",
]

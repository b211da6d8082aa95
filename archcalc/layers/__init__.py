"""Every layer kind that comes with archcalc, a file for each family.

A file is imported when one of its kinds is first asked for, so that a start pays only for what it uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc.layers.activation import Gelu as Gelu
    from archcalc.layers.activation import HardSigmoid as HardSigmoid
    from archcalc.layers.activation import HardSwish as HardSwish
    from archcalc.layers.activation import HardTanh as HardTanh
    from archcalc.layers.activation import LecunTanh as LecunTanh
    from archcalc.layers.activation import LogSigmoid as LogSigmoid
    from archcalc.layers.activation import Mish as Mish
    from archcalc.layers.activation import Sigmoid as Sigmoid
    from archcalc.layers.activation import Silu as Silu
    from archcalc.layers.activation import Softplus as Softplus
    from archcalc.layers.activation import Softsign as Softsign
    from archcalc.layers.activation import Tanh as Tanh
    from archcalc.layers.adaptive import AdaptiveAvgPool1d as AdaptiveAvgPool1d
    from archcalc.layers.adaptive import AdaptiveAvgPool2d as AdaptiveAvgPool2d
    from archcalc.layers.adaptive import AdaptiveAvgPool3d as AdaptiveAvgPool3d
    from archcalc.layers.adaptive import AdaptiveMaxPool1d as AdaptiveMaxPool1d
    from archcalc.layers.adaptive import AdaptiveMaxPool2d as AdaptiveMaxPool2d
    from archcalc.layers.adaptive import AdaptiveMaxPool3d as AdaptiveMaxPool3d
    from archcalc.layers.adaptive import GlobalAvgPool1d as GlobalAvgPool1d
    from archcalc.layers.adaptive import GlobalAvgPool2d as GlobalAvgPool2d
    from archcalc.layers.adaptive import GlobalAvgPool3d as GlobalAvgPool3d
    from archcalc.layers.adaptive import GlobalMaxPool1d as GlobalMaxPool1d
    from archcalc.layers.adaptive import GlobalMaxPool2d as GlobalMaxPool2d
    from archcalc.layers.adaptive import GlobalMaxPool3d as GlobalMaxPool3d
    from archcalc.layers.arithmetic import Function as Function
    from archcalc.layers.arithmetic import Power as Power
    from archcalc.layers.arithmetic import Reduce as Reduce
    from archcalc.layers.arithmetic import Rescale as Rescale
    from archcalc.layers.attention import Attention as Attention
    from archcalc.layers.conv import Conv1d as Conv1d
    from archcalc.layers.conv import Conv2d as Conv2d
    from archcalc.layers.conv import Conv3d as Conv3d
    from archcalc.layers.conv_transpose import ConvTranspose1d as ConvTranspose1d
    from archcalc.layers.conv_transpose import ConvTranspose2d as ConvTranspose2d
    from archcalc.layers.conv_transpose import ConvTranspose3d as ConvTranspose3d
    from archcalc.layers.dense import Bilinear as Bilinear
    from archcalc.layers.dense import Linear as Linear
    from archcalc.layers.dense import Rbf as Rbf
    from archcalc.layers.depthwise import DepthwiseConv1d as DepthwiseConv1d
    from archcalc.layers.depthwise import DepthwiseConv2d as DepthwiseConv2d
    from archcalc.layers.embedding import Constant as Constant
    from archcalc.layers.embedding import Embedding as Embedding
    from archcalc.layers.embedding import Parameter as Parameter
    from archcalc.layers.embedding import PositionEmbedding as PositionEmbedding
    from archcalc.layers.embedding import SinusoidalPosition as SinusoidalPosition
    from archcalc.layers.gated import Geglu as Geglu
    from archcalc.layers.gated import Glu as Glu
    from archcalc.layers.gated import Reglu as Reglu
    from archcalc.layers.gated import Swiglu as Swiglu
    from archcalc.layers.grid import ChannelShuffle as ChannelShuffle
    from archcalc.layers.grid import PixelShuffle as PixelShuffle
    from archcalc.layers.grid import PixelUnshuffle as PixelUnshuffle
    from archcalc.layers.grid import Upsample as Upsample
    from archcalc.layers.join import Add as Add
    from archcalc.layers.join import Average as Average
    from archcalc.layers.join import Concat as Concat
    from archcalc.layers.join import Divide as Divide
    from archcalc.layers.join import Matmul as Matmul
    from archcalc.layers.join import Maximum as Maximum
    from archcalc.layers.join import Minimum as Minimum
    from archcalc.layers.join import Multiply as Multiply
    from archcalc.layers.join import Subtract as Subtract
    from archcalc.layers.layer_norm import LayerNorm as LayerNorm
    from archcalc.layers.layer_norm import LayerScale as LayerScale
    from archcalc.layers.layer_norm import RmsNorm as RmsNorm
    from archcalc.layers.local import LocallyConnected1d as LocallyConnected1d
    from archcalc.layers.local import LocallyConnected2d as LocallyConnected2d
    from archcalc.layers.moves import Gather as Gather
    from archcalc.layers.moves import Roll as Roll
    from archcalc.layers.moves import Tile as Tile
    from archcalc.layers.norm import BatchNorm as BatchNorm
    from archcalc.layers.norm import GroupNorm as GroupNorm
    from archcalc.layers.norm import InstanceNorm as InstanceNorm
    from archcalc.layers.norm import LocalResponseNorm as LocalResponseNorm
    from archcalc.layers.opaque import Opaque as Opaque
    from archcalc.layers.parts import Pad as Pad
    from archcalc.layers.parts import Select as Select
    from archcalc.layers.parts import Slice as Slice
    from archcalc.layers.pool import AvgPool1d as AvgPool1d
    from archcalc.layers.pool import AvgPool2d as AvgPool2d
    from archcalc.layers.pool import AvgPool3d as AvgPool3d
    from archcalc.layers.pool import MaxPool1d as MaxPool1d
    from archcalc.layers.pool import MaxPool2d as MaxPool2d
    from archcalc.layers.pool import MaxPool3d as MaxPool3d
    from archcalc.layers.pool import Subsample2d as Subsample2d
    from archcalc.layers.rarer import MedianPool2d as MedianPool2d
    from archcalc.layers.rarer import MixedPool2d as MixedPool2d
    from archcalc.layers.rarer import StochasticPool2d as StochasticPool2d
    from archcalc.layers.rectifier import Celu as Celu
    from archcalc.layers.rectifier import Elu as Elu
    from archcalc.layers.rectifier import LeakyRelu as LeakyRelu
    from archcalc.layers.rectifier import Prelu as Prelu
    from archcalc.layers.rectifier import Relu as Relu
    from archcalc.layers.rectifier import Relu6 as Relu6
    from archcalc.layers.rectifier import Selu as Selu
    from archcalc.layers.recurrent import Gru as Gru
    from archcalc.layers.recurrent import Lstm as Lstm
    from archcalc.layers.recurrent import Rnn as Rnn
    from archcalc.layers.regularisation import Dropout as Dropout
    from archcalc.layers.regularisation import DropPath as DropPath
    from archcalc.layers.regularisation import Identity as Identity
    from archcalc.layers.regularisation import SpatialDropout as SpatialDropout
    from archcalc.layers.shape import Flatten as Flatten
    from archcalc.layers.shape import Permute as Permute
    from archcalc.layers.shape import Reshape as Reshape
    from archcalc.layers.softmax import LogSoftmax as LogSoftmax
    from archcalc.layers.softmax import Softmax as Softmax

HOMES = {
    "conv": "conv1d conv2d conv3d",
    "conv_transpose": "conv_transpose1d conv_transpose2d conv_transpose3d",
    "depthwise": "depthwise_conv1d depthwise_conv2d",
    "local": "locally_connected1d locally_connected2d",
    "pool": "subsample2d max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d",
    "adaptive": """
        global_avg_pool1d global_avg_pool2d global_avg_pool3d
        global_max_pool1d global_max_pool2d global_max_pool3d
        adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d
        adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d""",
    "rarer": "stochastic_pool2d median_pool2d mixed_pool2d",
    "dense": "linear bilinear rbf",
    "embedding": "embedding position_embedding sinusoidal_position parameter constant",
    "attention": "attention",
    "recurrent": "rnn gru lstm",
    "norm": "batch_norm instance_norm group_norm local_response_norm",
    "layer_norm": "layer_norm rms_norm layer_scale",
    "activation": """
        tanh lecun_tanh hard_tanh sigmoid log_sigmoid hard_sigmoid
        hard_swish silu mish gelu softplus softsign""",
    "rectifier": "relu relu6 leaky_relu prelu elu selu celu",
    "softmax": "softmax log_softmax",
    "gated": "glu reglu geglu swiglu",
    "arithmetic": "rescale power function reduce",
    "shape": "flatten reshape permute",
    "parts": "select slice pad",
    "grid": "upsample pixel_shuffle pixel_unshuffle channel_shuffle",
    "moves": "roll tile gather",
    "join": "add subtract multiply divide maximum minimum average concat matmul",
    "regularisation": "dropout spatial_dropout drop_path identity",
    "opaque": "opaque",
}
"""The ops of each file, in the order in which they are listed. Tests hold this against the files."""


def load(op: str) -> None:
    """Import the file whose kinds include this op, if one does."""
    for home, ops in HOMES.items():
        if op in ops.split():
            _import(home)


def load_all() -> list[str]:
    """Import every file; the ops of all kinds, in order."""
    for home in HOMES:
        _import(home)
    return [op for ops in HOMES.values() for op in ops.split()]


def _import(home: str) -> None:
    from importlib import import_module

    import_module(f"archcalc.layers.{home}")


def __getattr__(name: str) -> Any:
    """A kind by the name of its class."""
    from archcalc.register import kinds

    if not name.startswith("_"):
        found = next((kind for kind in kinds() if kind.__name__ == name), None)
        if found is not None and found.__module__.startswith(__name__):
            return found
    raise AttributeError(f"module 'archcalc.layers' has no attribute {name!r}")


def __dir__() -> list[str]:
    from archcalc.register import kinds

    return sorted(kind.__name__ for kind in kinds() if kind.__module__.startswith(__name__))

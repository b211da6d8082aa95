"""A table of figures for each kind, from sources that are not us; each row states its own.

A row is (kind and fields, input, output, figures, source). Figures that a source gives as a formula
are worked out in the row, in the source's own terms.
"""

from __future__ import annotations

import pytest

from archcalc import calc
from archcalc.register import kinds

ROWS = [
    # conv2d: parameters
    ("conv2d out_channels=96 kernel_size=11 stride=4", (3, 227, 227), (96, 55, 55), {"params": 34_944},
     "AlexNet conv1 as in CaffeNet: 96·(3·11·11 + 1)"),
    ("conv2d out_channels=256 kernel_size=5 padding=2 groups=2", (96, 27, 27), (256, 27, 27), {"params": 307_456},
     "AlexNet conv2 as in CaffeNet: 256·(48·5·5 + 1)"),
    ("conv2d out_channels=64 kernel_size=3 padding=1", (3, 224, 224), (64, 224, 224), {"params": 1_792},
     "VGG-16 conv1_1 (Simonyan and Zisserman 2015); Keras model.summary()"),
    ("conv2d out_channels=512 kernel_size=3 padding=1", (512, 14, 14), (512, 14, 14), {"params": 2_359_808},
     "VGG-16 block5_conv1, Keras model.summary()"),
    ("conv2d out_channels=64 kernel_size=7 stride=2 padding=3 bias=false", (3, 224, 224), (64, 112, 112),
     {"params": 9_408, "macs": 118_013_952},
     "ResNet conv1 (torchvision): 64·3·7·7; macs 9,408·112·112, as fvcore prints for resnet18.conv1"),
    ("conv2d out_channels=32 kernel_size=3 stride=2 padding=1 bias=false", (3, 224, 224), (32, 112, 112),
     {"params": 864, "macs": 10_838_016}, "MobileNet v1 Conv / s2 (Howard et al. 2017, Table 1): 3·3·3·32·112·112"),
    ("conv2d out_channels=32 kernel_size=3 padding=1 groups=32 bias=false", (32, 112, 112), (32, 112, 112),
     {"params": 288, "macs": 3_612_672}, "MobileNet v1 Conv dw / s1 (Howard et al. 2017, eq. 3): 3·3·32·112·112"),
    ("conv2d out_channels=64 kernel_size=1 bias=false", (32, 112, 112), (64, 112, 112),
     {"params": 2_048, "macs": 25_690_112}, "MobileNet v1 Conv / s1 1x1 (Howard et al. 2017, eq. 5): 32·64·112·112"),
    ("conv2d out_channels=64 kernel_size=1", (512, 14, 14), (64, 14, 14), {"params": 32_832}, "512·64 + 64"),
    # conv2d: sizes
    ("conv2d out_channels=1 kernel_size=3", (1, 4, 4), (1, 2, 2), {}, "Dumoulin and Visin 2016, fig. 2.1: i = 4, k = 3, s = 1, p = 0"),
    ("conv2d out_channels=1 kernel_size=4 padding=2", (1, 5, 5), (1, 6, 6), {}, "ib., fig. 2.2: i = 5, k = 4, s = 1, p = 2"),
    ("conv2d out_channels=1 kernel_size=3 padding=1", (1, 5, 5), (1, 5, 5), {}, "ib., fig. 2.3, half padding: i = 5, k = 3, p = 1"),
    ("conv2d out_channels=1 kernel_size=3 padding=2", (1, 5, 5), (1, 7, 7), {}, "ib., fig. 2.4, full padding: i = 5, k = 3, p = 2"),
    ("conv2d out_channels=1 kernel_size=3 stride=2", (1, 5, 5), (1, 2, 2), {}, "ib., fig. 2.5: i = 5, k = 3, s = 2, p = 0"),
    ("conv2d out_channels=1 kernel_size=3 stride=2 padding=1", (1, 5, 5), (1, 3, 3), {}, "ib., fig. 2.6: i = 5, k = 3, s = 2, p = 1"),
    ("conv2d out_channels=1 kernel_size=3 stride=2 padding=1", (1, 6, 6), (1, 3, 3), {}, "ib., fig. 2.7: i = 6, k = 3, s = 2, p = 1"),
    ("conv2d out_channels=1 kernel_size=3 dilation=2", (1, 7, 7), (1, 3, 3), {}, "ib., fig. 5.1: i = 7, k = 3, d = 2, s = 1, p = 0"),
    ("conv2d out_channels=33 kernel_size=[3,5] stride=[2,1] padding=[4,2]", (16, 50, 100), (33, 28, 100), {},
     "torch.nn.Conv2d, second example"),
    ("conv2d out_channels=33 kernel_size=[3,5] stride=[2,1] padding=[4,2] dilation=[3,1]", (16, 50, 100), (33, 26, 100), {},
     "torch.nn.Conv2d, third example: floor((50 + 8 - 3·2 - 1)/2 + 1) = 26"),
    ("conv2d out_channels=2 kernel_size=3 padding=same", (3, 28, 28), (2, 28, 28), {}, "Keras Conv2D, example with padding='same'"),
    ("conv2d out_channels=8 kernel_size=3 stride=2 padding=same", (3, 15, 16), (8, 8, 8), {}, "TensorFlow, 'SAME': ceil(in / stride)"),
    ("conv2d out_channels=8 kernel_size=3 stride=2 padding=valid", (3, 15, 16), (8, 7, 7), {},
     "TensorFlow, 'VALID': ceil((in - filter + 1) / stride)"),
    # linear
    ("linear out_features=4096", (25088,), (4096,), {"params": 102_764_544, "macs": 102_760_448}, "VGG-16 fc1, Keras model.summary()"),
    ("linear out_features=1000", (2048,), (1000,), {"params": 2_049_000, "macs": 2_048_000}, "ResNet-50 fc, Keras model.summary()"),
    ("linear out_features=1000", (512,), (1000,), {"params": 513_000}, "ResNet-18 fc (torchvision)"),
    ("linear out_features=3072", (128, 768), (128, 3072), {"params": 2_362_368}, "BERT base, intermediate.dense: 768·3,072 + 3,072"),
    ("linear out_features=64 bias=false", (32,), (64,), {"params": 2_048, "connections": 2_048}, "torch.nn.Linear: weight (out, in), no bias"),
    # max_pool2d, avg_pool2d
    ("max_pool2d kernel_size=3 stride=2", (96, 55, 55), (96, 27, 27), {"params": 0}, "AlexNet pool1 (Krizhevsky et al. 2012)"),
    ("max_pool2d kernel_size=3 stride=2 padding=1", (64, 112, 112), (64, 56, 56), {"params": 0}, "ResNet maxpool (He et al. 2016, Table 1)"),
    ("max_pool2d kernel_size=2", (64, 224, 224), (64, 112, 112), {"params": 0}, "VGG-16 block1_pool, Keras model.summary()"),
    ("max_pool2d kernel_size=3 stride=2 ceil_mode=true", (64, 112, 112), (64, 56, 56), {}, "GoogLeNet maxpool1 (torchvision): ceil(54.5) + 1"),
    ("max_pool2d kernel_size=3 stride=2 ceil_mode=true", (96, 109, 109), (96, 54, 54), {}, "SqueezeNet 1.0 maxpool1 (torchvision), 224 pixels"),
    ("max_pool2d kernel_size=2 stride=2 padding=1 ceil_mode=true", (1, 3, 3), (1, 2, 2), {},
     "torch.nn.MaxPool2d: a window that would begin in the right padding is left out: ceil(3/2) + 1 = 3, less 1"),
    ("max_pool2d kernel_size=[3,2] stride=[2,1]", (16, 50, 32), (16, 24, 31), {}, "torch.nn.MaxPool2d, second example"),
    ("avg_pool2d kernel_size=[3,2] stride=[2,1]", (16, 50, 32), (16, 24, 31), {}, "torch.nn.AvgPool2d, second example"),
    ("avg_pool2d kernel_size=3 stride=2 ceil_mode=true", (1, 6, 6), (1, 3, 3), {}, "torch.nn.AvgPool2d: ceil((6 - 3)/2) + 1"),
    ("avg_pool2d kernel_size=7", (512, 7, 7), (512, 1, 1), {"params": 0, "connections": 512 * 49}, "the average pool of He et al. 2016: 49 links to each of 512"),
    ("max_pool2d kernel_size=2", (16, 5, 5), (16, 2, 2), {"flops": 16 * 4 * 3}, "the largest of 4 by 3 comparisons"),
    ("avg_pool2d kernel_size=2", (6, 28, 28), (6, 14, 14), {"flops": 1176 * 4}, "3 additions and a division for each of 1,176"),
    # subsample2d, rbf
    ("subsample2d kernel_size=2", (6, 28, 28), (6, 14, 14), {"params": 12, "connections": 5_880}, "LeCun et al. 1998, II.B: S2"),
    ("subsample2d kernel_size=2", (16, 10, 10), (16, 5, 5), {"params": 32, "connections": 2_000}, "LeCun et al. 1998, II.B: S4"),
    ("subsample2d kernel_size=2", (4, 24, 24), (4, 12, 12), {"params": 8, "connections": 2_880}, "LeCun et al. 1989 (LeNet-1): H2"),
    ("subsample2d kernel_size=2", (12, 8, 8), (12, 4, 4), {"params": 24, "connections": 960}, "LeCun et al. 1989 (LeNet-1): H4"),
    ("rbf out_features=10", (84,), (10,), {"params": 840, "macs": 840}, "LeCun et al. 1998, II.B: ten codes of 7x12 = 84"),
    # layers that keep the shape
    ("flatten", (512, 7, 7), (25088,), {"params": 0, "flops": 0}, "VGG-16 flatten, Keras model.summary()"),
    ("flatten", (16, 5, 5), (400,), {"neurons": 0, "connections": 0}, "Dive into Deep Learning, 7.6"),
    ("dropout p=0.5", (4096,), (4096,), {"params": 0, "flops": 0, "neurons": 0}, "torch.nn.Dropout: the identity in evaluation"),
    ("relu", (64, 112, 112), (64, 112, 112), {"flops": 802_816, "macs": 0}, "torch.nn.ReLU: a comparison for each of 64·112·112"),
    ("tanh", (84,), (84,), {"flops": 84}, "one tanh each"),
    ("lecun_tanh", (84,), (84,), {"flops": 252}, "LeCun et al. 1998, eq. 6: A·tanh(S·a), two products and a tanh"),
    ("sigmoid", (84,), (84,), {"flops": 252}, "1/(1 + exp(-a)): an exponential, a sum, a division"),
    ("softmax", (10,), (10,), {"flops": 29}, "ten exponentials, nine additions, ten divisions"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "given", "output", "figures", "source"), ROWS, ids=[f"{r[0]} {r[4]}"[:60] for r in ROWS]
)
def test_figures(layer, given, output, figures, source):
    op, *fields = layer.split()
    written = dict(field.split("=") for field in fields)
    lists = {key: value.strip("[]").split(",") for key, value in written.items() if value.startswith("[")}
    found = calc(op, given, **(written | lists))
    assert found.output == output, source
    for quantity, figure in figures.items():
        assert getattr(found, quantity) == figure, source


def test_every_kind_has_a_row():
    assert {row[0].split()[0] for row in ROWS} == {kind.op for kind in kinds()}


def test_every_row_has_a_source():
    assert all(len(source) > 8 for *_, source in ROWS)

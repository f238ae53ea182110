"""Whole networks, one family a file, with torchvision's names where it has them."""

from dlbook.models.alexnet import AlexNet, alexnet
from dlbook.models.blank import blank_rng
from dlbook.models.char_rnn import CharRNN, detach_state
from dlbook.models.decoding import (
    generate,
    next_token_probabilities,
    sample_token,
)
from dlbook.models.densenet import (
    DenseBlock,
    DenseLayer,
    DenseNet,
    Transition,
    densenet121,
    densenet161,
    densenet169,
    densenet201,
)
from dlbook.models.inception import (
    BasicConv2d,
    GoogLeNet,
    GoogLeNetOutputs,
    Inception,
    InceptionAux,
    googlenet,
)
from dlbook.models.lenet import LeNet5
from dlbook.models.mnist_1d import MNIST1DMLP, MNIST1DConv
from dlbook.models.ngram import NGram
from dlbook.models.published import Published, published, published_names
from dlbook.models.resnet import (
    BasicBlock,
    Bottleneck,
    ResNet,
    ZeroPadShortcut,
    cifar_resnet,
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
)
from dlbook.models.unet import DoubleConv, UNet, UpBlock
from dlbook.models.vgg import (
    VGG,
    vgg11,
    vgg11_bn,
    vgg13,
    vgg13_bn,
    vgg16,
    vgg16_bn,
    vgg19,
    vgg19_bn,
)

__all__ = [
    "MNIST1DMLP",
    "VGG",
    "AlexNet",
    "BasicBlock",
    "BasicConv2d",
    "Bottleneck",
    "CharRNN",
    "DenseBlock",
    "DenseLayer",
    "DenseNet",
    "DoubleConv",
    "GoogLeNet",
    "GoogLeNetOutputs",
    "Inception",
    "InceptionAux",
    "LeNet5",
    "MNIST1DConv",
    "NGram",
    "Published",
    "ResNet",
    "Transition",
    "UNet",
    "UpBlock",
    "ZeroPadShortcut",
    "alexnet",
    "blank_rng",
    "cifar_resnet",
    "densenet121",
    "densenet161",
    "densenet169",
    "densenet201",
    "detach_state",
    "generate",
    "googlenet",
    "next_token_probabilities",
    "published",
    "published_names",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "sample_token",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]

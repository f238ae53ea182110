"""Whole networks, one family a file, with torchvision's names where it has them."""

from dlbook.models.alexnet import AlexNet, alexnet
from dlbook.models.beam_search import Hypothesis, beam_search
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
from dlbook.models.gpt import GPT, gpt2_small
from dlbook.models.gpt2_checkpoint import load_gpt2, save_gpt2
from dlbook.models.gpt_blocks import (
    CausalSelfAttention,
    GPTBlock,
    GPTFeedForward,
    KeyValueCache,
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
from dlbook.models.safetensors import (
    SafetensorsError,
    load_safetensors,
    safetensors_metadata,
    save_safetensors,
)
from dlbook.models.translator import Translator
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
    "GPT",
    "MNIST1DMLP",
    "VGG",
    "AlexNet",
    "BasicBlock",
    "BasicConv2d",
    "Bottleneck",
    "CausalSelfAttention",
    "CharRNN",
    "DenseBlock",
    "DenseLayer",
    "DenseNet",
    "DoubleConv",
    "GPTBlock",
    "GPTFeedForward",
    "GoogLeNet",
    "GoogLeNetOutputs",
    "Hypothesis",
    "Inception",
    "InceptionAux",
    "KeyValueCache",
    "LeNet5",
    "MNIST1DConv",
    "NGram",
    "Published",
    "ResNet",
    "SafetensorsError",
    "Transition",
    "Translator",
    "UNet",
    "UpBlock",
    "ZeroPadShortcut",
    "alexnet",
    "beam_search",
    "blank_rng",
    "cifar_resnet",
    "densenet121",
    "densenet161",
    "densenet169",
    "densenet201",
    "detach_state",
    "generate",
    "googlenet",
    "gpt2_small",
    "load_gpt2",
    "load_safetensors",
    "next_token_probabilities",
    "published",
    "published_names",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "safetensors_metadata",
    "sample_token",
    "save_gpt2",
    "save_safetensors",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]

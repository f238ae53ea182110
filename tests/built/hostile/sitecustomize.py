"""Make a Python process live without network, without torch and without a home.

Python imports this file at start when its folder is on ``PYTHONPATH``. What to take
away stands in the environment variable ``DLBOOK_WITHOUT``, separated by commas.
"""

import importlib.abc
import os
import socket
import sys

WITHOUT = set(os.environ.get("DLBOOK_WITHOUT", "").split(","))


class Absent(importlib.abc.MetaPathFinder):
    """Let torch be not installed."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")


def is_local(address):
    """Say whether an address is this machine: the kernel talks to its client there."""
    return not isinstance(address, tuple) or address[0] in ("127.0.0.1", "::1", "")


class Cut(socket.socket):
    """A socket that reaches this machine and no other."""

    def connect(self, address):
        if not is_local(address):
            raise OSError(101, "Network is unreachable")
        return super().connect(address)

    def connect_ex(self, address):
        return super().connect_ex(address) if is_local(address) else 101


if "torch" in WITHOUT:
    sys.meta_path.insert(0, Absent())

if "network" in WITHOUT:
    socket.socket = Cut
    look_up = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **options):
        if host not in (None, "", "localhost", "127.0.0.1", "::1"):
            raise socket.gaierror(-3, "Temporary failure in name resolution")
        return look_up(host, *arguments, **options)

    socket.getaddrinfo = getaddrinfo

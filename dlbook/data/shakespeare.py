"""Tiny Shakespeare: 1.1 million characters of his plays, downloaded."""

from __future__ import annotations

import os

from dlbook.data.downloads import TIMEOUT, RemoteFile, fetch

TINY_SHAKESPEARE = RemoteFile(
    name="tinyshakespeare.txt",
    collection="shakespeare",
    urls=(
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "https://storage.googleapis.com/download.tensorflow.org/data/shakespeare.txt",
    ),
    sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    size=1_115_394,
    instead="load_english_text()",
)


def load_shakespeare(
    *,
    folder: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    timeout: float = TIMEOUT,
) -> str:
    r"""Load tiny Shakespeare, 40,000 lines of his plays; download it the first time.

    Parameters
    ----------
    folder : path, optional
        Folder that keeps the downloaded file; by default, the environment variable
        ``DLBOOK_DATA`` names it, or it is the user's cache folder. The file
        ``tinyshakespeare.txt`` may lie in it or in its folder ``shakespeare``.
    progress : bool, optional
        Whether to show a progress bar; by default, in a terminal and in a notebook,
        unless the environment variable ``DLBOOK_STATIC`` is set.
    timeout : float
        Seconds after which the download is given up.

    Returns
    -------
    str
        1,115,394 characters, 65 different ones; lines end with ``\n``.

    Raises
    ------
    DownloadError
        If the file is neither in the folder nor to be had from its mirrors.
    ModuleNotFoundError
        If a download is needed and pooch is not installed.
    ValueError
        If `timeout` is not positive.

    References
    ----------
    Karpathy (2015), The unreasonable effectiveness of recurrent neural networks.
    """
    path = fetch(TINY_SHAKESPEARE, folder=folder, progress=progress, timeout=timeout)
    return path.read_bytes().decode("ascii")

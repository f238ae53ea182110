"""Deep learning from scratch in NumPy: the code that the book explains.

A unit imports only from floors below its own:

1. arrays, random                    NumPy without gradients; the book's seed
2. autograd                          Tensor, the backward pass, gradient checks
3. functional                        differentiable functions of tensors
4. nn, optim, data, metrics          layers, update rules, batches, scores
5. models, training, compression     whole networks and what is done with them
6. plots, compare, notebook, claims, exercises    what a page needs beside its subject
7. widgets                           interactive figures

Floors 1 to 3 import NumPy alone, and so does ``import dlbook``. torch is imported in
``dlbook.compare`` and nowhere else.
"""

__version__ = "0.1.0"

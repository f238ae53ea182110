"""Generate faults from a function's syntax tree: one small change at a time.

Nothing here knows a particular function. What is not mutated: docstrings, annotations,
defaults, messages, and the conditions that guard a ``raise``, which the tests of bad
input hold.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SWAPPED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
RENAMED = {
    "cos": "sin",
    "sin": "cos",
    "max": "min",
    "maximum": "minimum",
    "min": "max",
    "minimum": "maximum",
    "ones_like": "zeros_like",
    "zeros_like": "ones_like",
}
SPLITS = ("split(", "np.split(")


@dataclass(frozen=True)
class Mutant:
    """One fault: where it is, what was there, what stands there now."""

    module: str
    function: str
    line: int
    change: str
    in_backward: bool
    tree: ast.FunctionDef

    @property
    def key(self) -> tuple[str, str, str]:
        """Names the mutant without a line number, so that it survives edits above."""
        return self.module, self.function, self.change

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.function}: {self.change}"


def mutants(module: str, qualname: str, function: ast.FunctionDef) -> Iterator[Mutant]:
    """Yield every mutant of one function."""
    seen: dict[str, int] = {}
    places = list(mutable(function))
    for place, in_backward in places:
        node = node_at(function, place)
        for old, change in changes(node, in_backward):
            clone = copy.deepcopy(function)
            new = change(node_at(clone, place))
            put(clone, place, new)
            ast.fix_missing_locations(clone)
            text = f"{old} -> {show(new)}"
            seen[text] = seen.get(text, 0) + 1
            if seen[text] > 1:  # the same change at another place in the function
                text += f" (place {seen[text]})"
            line = getattr(node, "lineno", function.lineno)
            yield Mutant(module, qualname, line, text, in_backward, clone)


# --- places: a path of field names and list indices from the function to a node -------


def node_at(root: ast.AST, place: tuple) -> ast.AST:
    for step in place:
        root = root[step] if isinstance(step, int) else getattr(root, step)
    return root


def put(root: ast.AST, place: tuple, node: ast.AST) -> None:
    parent = node_at(root, place[:-1])
    if isinstance(place[-1], int):
        parent[place[-1]] = node
    else:
        setattr(parent, place[-1], node)


def mutable(function: ast.FunctionDef) -> Iterator[tuple[tuple, bool]]:
    """Yield the places of a function's body, and whether each is in a `backward`."""

    def walk(node, place, in_backward):
        if isinstance(node, ast.FunctionDef):
            in_backward = in_backward or node.name == "backward"
            fields = [("body", node.body)]  # not decorators, defaults, annotations
        elif isinstance(node, ast.Raise | ast.JoinedStr) or is_docstring(node):
            return
        elif isinstance(node, ast.If) and guards_an_error(node):
            fields = [("orelse", node.orelse)]
        elif isinstance(node, ast.With) and sets_errstate(node):
            fields = [("body", node.body)]  # whether NumPy warns is no number
        elif isinstance(node, ast.AnnAssign):
            fields = [("value", node.value)]
        elif isinstance(node, ast.keyword) and node.arg == "strict":
            return  # zip(strict=True): a safety net, no number depends on it
        elif isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
            fields = []
        else:
            fields = list(ast.iter_fields(node))
        if place:
            yield place, in_backward
        for name, value in fields:
            if isinstance(value, ast.AST):
                yield from walk(value, (*place, name), in_backward)
            elif isinstance(value, list):
                for i, item in enumerate(value):
                    if isinstance(item, ast.AST):
                        yield from walk(item, (*place, name, i), in_backward)

    yield from walk(function, (), False)


def is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def guards_an_error(node: ast.If) -> bool:
    return isinstance(node.body[-1], ast.Raise) and len(node.body) == 1


def sets_errstate(node: ast.With) -> bool:
    return all("errstate" in ast.unparse(item) for item in node.items)


# --- changes --------------------------------------------------------------------------


def changes(
    node: ast.AST, in_backward: bool
) -> Iterator[tuple[str, Callable[[ast.AST], ast.AST]]]:
    """Yield what stands at a node, and a function that changes a copy of it."""
    old = show(node)
    for change in CHANGES.get(type(node), ()):
        for function in change(node, in_backward):
            yield old, function


def show(node: ast.AST) -> str:
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}"
    if isinstance(node, ast.keyword):
        return f"{node.arg}={ast.unparse(node.value)}"
    return ast.unparse(node)


def binary(node: ast.BinOp, in_backward: bool) -> Iterator[Callable]:
    """Another operator, one operand dropped, operands in the other order."""
    if type(node.op) in SWAPPED:
        yield with_field("op", SWAPPED[type(node.op)]())
    if isinstance(node.op, ast.Mult | ast.Add | ast.Sub | ast.Div | ast.Pow):
        yield lambda n: n.left
    if isinstance(node.op, ast.Mult | ast.Add | ast.BitAnd | ast.BitOr):
        yield lambda n: n.right
    if isinstance(node.op, ast.MatMult | ast.Sub | ast.Div | ast.Pow):
        yield lambda n: ast.BinOp(n.right, n.op, n.left)


def unary(node: ast.UnaryOp, in_backward: bool) -> Iterator[Callable]:
    yield lambda n: n.operand


def comparison(node: ast.Compare, in_backward: bool) -> Iterator[Callable]:
    for i, op in enumerate(node.ops):
        if type(op) in SWAPPED:
            yield lambda n, i=i, op=op: ast.Compare(
                n.left,
                [SWAPPED[type(op)]() if j == i else o for j, o in enumerate(n.ops)],
                n.comparators,
            )


def boolean(node: ast.BoolOp, in_backward: bool) -> Iterator[Callable]:
    yield with_field("op", SWAPPED[type(node.op)]())


def condition(node: ast.If | ast.IfExp, in_backward: bool) -> Iterator[Callable]:
    def negate(n):
        n.test = ast.UnaryOp(ast.Not(), n.test)
        return n

    yield negate


def constant(node: ast.Constant, in_backward: bool) -> Iterator[Callable]:
    """Another number; the 1 of -1 is left to `unary`, which drops the minus."""
    value = node.value
    if isinstance(value, bool):
        yield lambda n: ast.Constant(not n.value)
    elif isinstance(value, int):
        yield lambda n: ast.Constant(n.value + 1)
    elif isinstance(value, float):
        yield lambda n: ast.Constant(n.value * 1.1 if n.value else 1.0)


def call(node: ast.Call, in_backward: bool) -> Iterator[Callable]:
    """`unbroadcast` and one-argument functions of NumPy dropped, functions swapped."""
    name = ast.unparse(node.func)
    if name == "unbroadcast" or (
        name.startswith("np.") and len(node.args) == 1 and not node.keywords
    ):
        yield lambda n: n.args[0]
    if isinstance(node.func, ast.Attribute) and node.func.attr in RENAMED:

        def rename(n):
            n.func.attr = RENAMED[n.func.attr]
            return n

        yield rename
    if name.endswith("from_op") and len(getattr(node.args[1], "elts", ())) > 1:

        def swap(n):  # the gradients go to the wrong parents
            n.args[1].elts = n.args[1].elts[::-1]
            return n

        yield swap
    for i, keyword in enumerate(node.keywords):
        if keyword.arg in ("axis", "keepdims"):

            def drop(n, i=i):
                del n.keywords[i]
                return n

            yield drop


def returned(node: ast.Return, in_backward: bool) -> Iterator[Callable]:
    """In a `backward`: each gradient zero, each of the wrong sign, all exchanged."""
    if not in_backward or node.value is None:
        return
    if not isinstance(node.value, ast.Tuple):
        for template in ("tuple(g * 0 for g in {})", "tuple(-g for g in {})"):
            yield lambda n, t=template: returning(t.format(ast.unparse(n.value)))
        return
    for i, element in enumerate(node.value.elts):
        for sign in ("* 0", "* -1"):

            def change(n, i=i, sign=sign):
                text = ast.unparse(n.value.elts[i])
                if text == "None":
                    return n
                n.value.elts[i] = ast.parse(
                    f"None if (_g := {text}) is None else _g {sign}", mode="eval"
                ).body
                return n

            if ast.unparse(element) != "None":
                yield change
    if len(node.value.elts) > 1:

        def exchange(n):
            n.value.elts = n.value.elts[::-1]
            return n

        yield exchange


def returning(text: str) -> ast.Return:
    return ast.Return(ast.parse(text, mode="eval").body)


def in_place(node: ast.AugAssign, in_backward: bool) -> Iterator[Callable]:
    if type(node.op) in SWAPPED:
        yield with_field("op", SWAPPED[type(node.op)]())
    yield lambda n: ast.Pass()


def assignment(node: ast.Assign, in_backward: bool) -> Iterator[Callable]:
    """Writing into an array, left out; parts of a split, one taken for the next."""
    target = node.targets[0]
    if isinstance(target, ast.Subscript):
        yield lambda n: ast.Pass()
    if isinstance(target, ast.Tuple) and ast.unparse(node.value).startswith(SPLITS):
        for i in range(len(target.elts) - 1):

            def exchange(n, i=i):
                names = n.targets[0].elts
                names[i], names[i + 1] = names[i + 1], names[i]
                return n

            yield exchange


def statement(node: ast.Expr, in_backward: bool) -> Iterator[Callable]:
    """A call made for its effect, left out."""
    if isinstance(node.value, ast.Call):
        yield lambda n: ast.Pass()


def with_field(name: str, value: ast.AST) -> Callable:
    def change(n):
        setattr(n, name, value)
        return n

    return change


CHANGES: dict[type, tuple[Callable, ...]] = {
    ast.Assign: (assignment,),
    ast.AugAssign: (in_place,),
    ast.BinOp: (binary,),
    ast.BoolOp: (boolean,),
    ast.Call: (call,),
    ast.Compare: (comparison,),
    ast.Constant: (constant,),
    ast.Expr: (statement,),
    ast.If: (condition,),
    ast.IfExp: (condition,),
    ast.Return: (returned,),
    ast.UnaryOp: (unary,),
}

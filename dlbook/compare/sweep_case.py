"""Cases whose sizes differ in one number alone, so that times make a curve."""

from __future__ import annotations

from typing import ClassVar

from dlbook.compare.case import Case, Shape


class SweepCase(Case):
    """A case of one axis that varies; the sizes rise along it.

    Attributes
    ----------
    swept : str
        The axis that varies.
    """

    swept: ClassVar[str]

    def along(self, size: Shape) -> int:
        """Return the number of a size that varies."""
        return size[self.axes.index(self.swept)]

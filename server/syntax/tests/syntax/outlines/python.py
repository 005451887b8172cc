import os, a.b.c as d
from .x import (y, z as w)
from q import *

# Leads.
LIMIT: int = 3

@deco.rate(3)
class A(Base, mod.Mixin[T], metaclass=Meta):
    """Doc."""
    size = 1
    @property
    async def run(self, a, b: int = 1, *args: str, key, **kw) -> List[int]:
        'Runs.'
        local = helper(a, *args)
        def inner(): return local
        return [self.x(i, k=b) for i in LIMIT if isinstance(i, Foo)]

def test_it(): A().run(1)


async def fetch(url, /, *, timeout=3, **options): # trailing
    """Fetches."""
    async with session() as client:
        for (name, value), *others in pairs:
            total: float = value
        match client:
            case Point(x=0) | None: pass
            case Other() as found: use(found, total, others)
        return await client.get(url, timeout=timeout, **options)


class TestStore(unittest.TestCase, metaclass=abc.ABCMeta):
    kinds: ClassVar[dict[str, "Kind"]] = {}

    def setUp(self): self.store = Store(*ARGS)

    def test_adds(self):
        handler = lambda x, y=1: x + y + BASE
        self.assertEqual(handler(1), [v for v in self.store if v])

    class Inner:
        def __repr__(self): return repr(self)
        def _hidden(self): pass


x, y = 1, compute()
type Pair[T] = tuple[T, T]
if TYPE_CHECKING:
    from typing import Optional
    def only_here(value: Optional[int] = None, then: mod.Type = None): ...

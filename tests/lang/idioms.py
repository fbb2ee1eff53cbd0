"""Small random programs in the idioms of people: `draw(random)` is the text of one, which binds `result`.

Numbers are multiples of 1/4, so that they and their halves lie on a grid of 1024 steps a unit: a normal form is exact.
"""

from random import Random

HEAD = "import cadquery as cq\nimport contextlib\nimport functools\nimport math\n"


def draw(random: Random) -> str:
    """A body, then some changes of it, each in an idiom of its own."""
    lines = [random.choice(_BODIES)(random)]
    lines += [random.choice(_CHANGES)(random) for _ in range(random.randint(1, 3))]
    return HEAD + "".join(lines)


def _size(random: Random, low: float = 1, high: float = 6) -> float:
    return random.randint(int(low * 4), int(high * 4)) / 4


def _box(random: Random) -> str:
    return f"result = cq.Workplane('XY').box({_size(random, 4)}, {_size(random, 4)}, {_size(random)})\n"


def _function(random: Random) -> str:
    return (
        "def make(w, h=2, *rest, **options):\n"
        "    return cq.Workplane('XZ').rect(w, h).extrude(sum(rest) + options['t'])\n"
        f"result = make({_size(random, 4)}, *[{_size(random, 4)}, 1, 1], t={_size(random)})\n"
    )


def _class(random: Random) -> str:
    return (
        f"class Part:\n    size = {_size(random, 4)}\n    def __init__(self, t): self.t = t\n"
        "    @property\n    def solid(self): return cq.Workplane().box(self.size, self.size, self.t)\n"
        f"result = Part({_size(random)}).solid\n"
    )


def _points(random: Random) -> str:
    return (
        f"points = [(0, 0), ({_size(random, 4)}, 0)]\n"
        f"points += ((x, y) for x, y in [({_size(random, 4)}, 4)])\n"
        "points.append([0, 4])\nresult = cq.Workplane().polyline(points).close().extrude(2)\n"
    )


def _in_place(random: Random) -> str:
    return (
        f"s = cq.Sketch()\ns.rect({_size(random, 4)}, {_size(random, 4)})\ns.circle(0.5, mode='s')\n"
        f"result = cq.Workplane().placeSketch(s).extrude({_size(random)})\n"
    )


def _drawn_aside(random: Random) -> str:
    return (
        f"w = cq.Workplane('YZ')\nw.rect({_size(random, 4)}, 4)\nw.circle(0.5)\nresult = w.extrude({_size(random)})\n"
    )


_BODIES = (_box, _function, _class, _points, _in_place, _drawn_aside)


def _loop(random: Random) -> str:
    return (
        f"for i in range({random.randint(2, 4)}):\n    if i % 2: continue\n"
        f"    result = result.union(cq.Workplane().box(1, 1, 1).translate((i * 2, {_size(random)}, 0)))\n"
    )


def _kernel(random: Random) -> str:
    return (
        f"if result.val().Volume() > {_size(random, 4, 80)}: result = result.faces('>Z').workplane().hole(0.5)\n"
        "else: result = result.union(cq.Workplane('XY', origin=(0, 0, 5)).box(1, 2, 1))\n"
    )


def _try(random: Random) -> str:
    return f"try: result = result.edges('|Z').fillet({random.choice([0.125, 50])})\nexcept Exception: pass\n"


def _with(random: Random) -> str:
    return (
        "kept = []\nwith contextlib.suppress(KeyError):\n"
        f"    kept.append({_size(random)})\n    {{}}['x']\n    kept.append(9)\n"
        "result = result.union(cq.Workplane('XY', origin=(0, 0, -4)).circle(kept[-1]).extrude(1))\n"
    )


def _match(random: Random) -> str:
    return (
        f"match ({random.randint(0, 2)}, 'x'):\n    case (0, _): h = 1\n"
        "    case (n, 'x') if n > 1: h = n\n    case _: h = 3\n"
        "result = result.union(cq.Workplane().cylinder(h, 1).translate((0, 6, 0)))\n"
    )


def _global(random: Random) -> str:
    return (
        "n = 1\ndef more(by):\n    global n\n    n += by\n    return lambda: n\n"
        f"result = result.translate((0, 0, more({random.randint(1, 3)})()))\n"
    )


def _decorator(random: Random) -> str:
    return (
        "def twice(f):\n    @functools.wraps(f)\n    def g(x): return f(f(x))\n    return g\n"
        f"@twice\ndef grow(x, z={_size(random)}):\n"
        "    return x.union(cq.Workplane().box(1, 1, 1).translate((x.vertices().size() / 4, 0, z)))\n"
        "result = grow(result)\n"
    )


def _generator(random: Random) -> str:
    return (
        "def spots(n):\n    k = 0\n    while True:\n        if k >= n: return\n"
        f"        yield (k, {_size(random)})\n        k += 2\n"
        f"result = result.union(cq.Workplane().pushPoints(spots({random.randint(1, 5)})).rect(1, 1).extrude(0.5))\n"
    )


def _comprehension(random: Random) -> str:
    return (
        f"d = {{k: v * {_size(random)} for k, v in zip('ab', (1, 2))}}\n"
        "for key in sorted(d): result = result.union(cq.Workplane('YZ').rect(d[key], 1).extrude(1))\n"
    )


def _alias(random: Random) -> str:
    return (
        f"a = b = [1]\nb += [{_size(random)}]\nboxes = [cq.Workplane().box(h, 1, 1) for h in a]\n"
        "boxes.insert(0, result)\nresult = functools.reduce(lambda x, y: x.union(y), boxes)\n"
    )


def _tag(random: Random) -> str:
    return (
        "result.faces('<Z').tag('low')\n"
        f"result = result.workplaneFromTagged('low').rect({_size(random)}, 1).extrude(1)\n"
    )


def _added(random: Random) -> str:
    return f"result.add(cq.Workplane().box(1, 1, 1).translate((12, {_size(random)}, 0)))\nresult = result.combine()\n"


def _each(random: Random) -> str:
    return (
        f"pin = cq.Solid.makeCylinder(0.5, {_size(random)})\n"
        "result = result.union(cq.Workplane().rarray(2, 2, 2, 1).eachpoint(lambda at: pin.moved(at)).combine())\n"
    )


def _faces(random: Random) -> str:
    return (
        "for f in result.faces('|Z').vals():\n"
        "    if f.Center().z > 0:\n"
        f"        result = result.union(cq.Workplane().box(1, 1, {_size(random)}).translate((8, 0, f.Center().z)))\n"
    )


def _filtered(random: Random) -> str:
    return (
        "result = result.faces().filter(lambda f: f.normalAt().z > 0.5).first().workplane().circle(0.25).extrude(1)\n"
    )


def _operators(random: Random) -> str:
    return f"result = result + cq.Workplane().sphere({_size(random)}) - cq.Workplane().box(1, 1, 20)\n"


_CHANGES = (
    *(_loop, _kernel, _try, _with, _match, _global, _decorator, _generator, _comprehension, _alias, _tag, _added),
    *(_each, _faces, _filtered, _operators),
)

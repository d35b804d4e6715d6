"""A verdict is earned by passing the tests and by nothing else. Each cheat here has been seen, or could be."""

import pytest

from assay.sandbox import Limits, Program, Sandbox

RIGHT = "def f(x):\n    return x + 1\n"
TESTS = "assert f(1) == 2\nassert f(41) == 42\n"

CHEATS = {
    "leaves early": "import sys\nsys.exit(0)",
    "leaves at once": "import os\nos._exit(0)",
    "leaves in the function": "import os\ndef f(x):\n    os._exit(0)",
    "raises SystemExit": "def f(x):\n    raise SystemExit(0)",
    "prints a verdict": "print('passed'); print('{\"passed\": true}')\ndef f(x):\n    return 0",
    "exit function": "import atexit, os\natexit.register(lambda: os._exit(0))\ndef f(x):\n    return 0",
    "equal to everything": "class E(int):\n    def __eq__(self, other):\n        return True\n    __hash__ = None\ndef f(x):\n    return E(0)",
    "no class equals everything": "class E:\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return E()",
    "patches builtins": "import builtins\nbuiltins.AssertionError = SystemExit\nbuiltins.compile = lambda *a, **k: None\ndef f(x):\n    return 0",
    "patches exec": "import builtins\nbuiltins.exec = lambda *a: None\ndef f(x):\n    return 0",
    "patches os": "import os\nos._exit = lambda code: None\nos.write = lambda fd, data: len(data)\ndef f(x):\n    return 0",
    "excepthook": "import sys, os\nsys.excepthook = lambda *a: os._exit(0)\ndef f(x):\n    return 0",
    "traces": "import sys\nsys.settrace(lambda *a: None)\ndef f(x):\n    return 0",
    "writes to every descriptor": "import os\nfor fd in range(3, 64):\n    for text in (b'passed', b'{\"passed\": true}', b'\\0\\0\\0\\x10{\"passed\": true}'):\n        try:\n            os.write(fd, text)\n        except OSError:\n            pass\ndef f(x):\n    return 0",
    "a thread that writes": "import os, threading, time\ndef g():\n    for _ in range(200):\n        for fd in range(3, 9):\n            try:\n                os.write(fd, b'\\0\\0\\0\\x10{\"passed\": true}')\n            except OSError:\n                pass\n        time.sleep(0.001)\nthreading.Thread(target=g, daemon=True).start()\ndef f(x):\n    time.sleep(0.05)\n    return 0",
    "closes every descriptor": "import os\nos.closerange(3, 64)\ndef f(x):\n    return 0",
    "forks and goes on": "import os\nif os.fork():\n    os._exit(0)\ndef f(x):\n    return 0",
    "kills everybody": "import os, signal\ndef f(x):\n    for pid in range(2, 60):\n        try:\n            if pid != os.getpid():\n                os.kill(pid, signal.SIGKILL)\n        except OSError:\n            pass\n    return 0",
    "plants a module": "import os\nfor name in ('json', 'fractions', 'decimal', 'collections', 'linecache', 'traceback', 'math'):\n    open(name + '.py', 'w').write('import os; os._exit(0)')\ndef f(x):\n    return 0",
    "malformed replies": "import os\ndef f(x):\n    os.write(4, b'\\xff' * 100)\n    return 0",
    "a huge reply": "def f(x):\n    return 'x' * (200 << 20)",
    "never answers": "import time\ndef f(x):\n    time.sleep(60)",
}  # fmt: skip

PEEKS = {
    "frames": "import sys\nfound = []\nframe = sys._getframe()\nwhile frame:\n    found += map(repr, [*frame.f_locals.values(), *frame.f_globals.values()])\n    frame = frame.f_back",
    "garbage": "import gc\nfound = [repr(each) for each in gc.get_objects() if isinstance(each, (dict, list, tuple))][:20000]",
    "memory": "found = []\ntry:\n    for line in open('/proc/self/maps'):\n        a, b = (int(x, 16) for x in line.split()[0].split('-'))\n        if 'r' in line.split()[1] and b - a < 1 << 28:\n            with open('/proc/self/mem', 'rb') as file:\n                try:\n                    file.seek(a); found.append(file.read(b - a).decode('latin-1'))\n                except OSError:\n                    pass\nexcept OSError:\n    pass",
    "descriptors": "import os\nfound = []\nfor fd in range(3, 64):\n    try:\n        os.set_blocking(fd, False)\n        found.append(os.read(fd, 1 << 20).decode('latin-1'))\n    except OSError:\n        pass",
    "other processes": "import os, glob\nfound = []\nfor path in glob.glob('/proc/[0-9]*/mem') + glob.glob('/proc/[0-9]*/fd/*'):\n    if path.split('/')[2] not in (str(os.getpid()), 'self'):\n        try:\n            found.append(os.read(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 1000).decode('latin-1'))\n        except (OSError, ValueError):\n            pass",
}  # fmt: skip
QUICK = Limits(wall=3.0)


@pytest.mark.parametrize("check", ["apart", "together"])
async def test_a_right_program_passes_and_a_wrong_one_does_not(box: Sandbox, check: str) -> None:
    assert (await box.run(Program(source=RIGHT, tests=TESTS, check=check))).passed is True  # type: ignore[arg-type]
    wrong = await box.run(Program(source=RIGHT.replace("1", "2"), tests=TESTS, check=check))  # type: ignore[arg-type]
    assert (wrong.passed, wrong.status) == (False, "error")
    assert "AssertionError" in wrong.test_error + wrong.stderr


CHEATS |= {
    "answers every operator": "class A:\n    __eq__ = lambda s, o: True\n    __sub__ = __lt__ = __add__ = lambda s, o: s\n    __abs__ = lambda s: 0\n    __len__ = lambda s: 2\ndef f(*a, **k):\n    return A()",
    "is a class": "class f:\n    def __init__(self, *a):\n        pass\n    __eq__ = lambda s, o: True",
    "a list of what equals everything": "class A:\n    __eq__ = lambda s, o: True\ndef f(x):\n    return [A()][0]",
    "patches the harness": "import sys\nframe = sys._getframe()\nwhile frame:\n    for name in ('execute', 'finish', 'send', 'borrowed', 'compile', 'exec'):\n        if name in frame.f_globals:\n            frame.f_globals[name] = lambda *a, **k: None\n    frame = frame.f_back\ndef f(x):\n    return 0",
    "patches os.read": "import os\nos.read = lambda *a: b'pass'\ndef f(x):\n    return 0",
}  # fmt: skip
FORGES = ("equal to everything", "no class equals everything", "answers every operator", "is a class", "a list of what equals everything")
TOGETHER = [name for name in CHEATS if name not in FORGES]


@pytest.mark.parametrize("cheat", TOGETHER)
async def test_the_plain_cheats_do_not_pass_tests_together_either(box: Sandbox, cheat: str) -> None:
    outcome = await box.run(Program(source=CHEATS[cheat], tests=TESTS, check="together"), limits=QUICK)
    assert outcome.passed is False, outcome


@pytest.mark.parametrize("cheat", CHEATS, ids=CHEATS.get("") or list(CHEATS))
async def test_no_cheat_passes_tests_that_run_apart(box: Sandbox, cheat: str) -> None:
    outcome = await box.run(Program(source=CHEATS[cheat], tests=TESTS), limits=QUICK)
    assert outcome.passed is False, outcome
    assert (await box.run(Program(source=RIGHT, tests=TESTS))).passed is True  # and the next one is judged fairly


@pytest.mark.parametrize("cheat", FORGES)
async def test_residual_what_shares_a_process_can_forge_the_verdict(box: Sandbox, cheat: str) -> None:
    """Why "together" is only for tests that need it, and is marked in the score: an object equal to everything passes there."""
    assert (await box.run(Program(source=CHEATS[cheat], tests=TESTS, check="together"))).passed is True


@pytest.mark.parametrize("peek", list(PEEKS))
async def test_a_program_cannot_find_its_tests(bubble: Sandbox, peek: str) -> None:
    """The tests never enter the program's process, nor the supervisor it was forked from."""
    secret = "needle-5f1c"
    source = f"{PEEKS[peek]}\nfound = '\\n'.join(found)\ndef f(x):\n    return '-'.join(('needle', '5f1c')) in found\n"
    for _ in range(2):  # the second time in a supervisor that has seen these tests pass by
        outcome = await bubble.run(Program(source=source, tests=f"assert f('x') is True, '{secret}'", packages=False))
        assert outcome.passed is False
        assert outcome.test_error.startswith("AssertionError") or peek == "descriptors", outcome  # that one breaks its own line


async def test_a_program_that_brings_its_own_builtins_does_not_judge_itself(box: Sandbox) -> None:
    source = "def f(x):\n    return 0\ndef abs(x):\n    return 0\ndef all(x):\n    return True\n"
    assert (await box.run(Program(source=source, tests="assert abs(f(1) - 2) < 1e-6"))).passed is False
    assert (await box.run(Program(source=source, tests="assert all(f(x) == x + 1 for x in range(3))"))).passed is False


async def test_only_the_entry_point_is_taken_where_it_is_named(box: Sandbox) -> None:
    given = "def poly(xs, x):\n    return sum(c * x**i for i, c in enumerate(xs))\n"
    cheat = "def poly(xs, x):\n    return 0\ndef root(xs):\n    return 5\n"
    tests = "assert abs(poly([-2, 1], root([-2, 1]))) < 1e-6"
    assert (await box.run(Program(source=cheat, tests=tests, given=given, entry=("root",)))).passed is False
    right = "def root(xs):\n    return -xs[0] / xs[1]\n"
    assert (await box.run(Program(source=right, tests=tests, given=given, entry=("root",)))).passed is True


@pytest.mark.parametrize(
    ("source", "tests"),
    [
        ("def f(xs):\n    xs.sort()\n", "a = [3, 1]\nassert f(a) is None\nassert a == [1, 3]"),
        ("def f(d, s):\n    d['x'] = 1\n    s.add(2)\n", "d, s = {}, set()\nf(d, s)\nassert d == {'x': 1} and s == {2}"),
        ("def f(x):\n    raise ValueError('no')\n", "try:\n    f(1)\n    assert False\nexcept ValueError as e:\n    assert 'no' in str(e)"),
        ("class Odd(KeyError): pass\ndef f(x):\n    raise Odd('k')\n", "try:\n    f(1)\n    assert False\nexcept KeyError:\n    pass"),
        ("import math\nLIMIT = 5\ndef f(x):\n    return math.pi\n", "assert f(0) == math.pi and LIMIT == 5"),
        ("def f(x, *, y=1):\n    return x, y\ndef g(h):\n    return h(2)\n", "assert f(1, y=2) == (1, 2)\nassert g(f) == (2, 1)"),
        (
            "from functools import lru_cache\n@lru_cache\ndef f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\n",
            "assert f(80) == 23416728348467685",
        ),
        ("f = lambda x: {x: {1, 2}}\n", "assert f((1, 'a')) == {(1, 'a'): {1, 2}}"),
        ("def f():\n    return 1\nprint('noise')\n", "print(f.__name__)\nassert f.__name__ == 'f' and f() == 1"),
        ("n = 0\ndef f():\n    global n\n    n += 1\n    return n\n", "assert [f(), f(), f()] == [1, 2, 3]"),
    ],
)
async def test_tests_apart_mean_what_they_mean_together(bubble: Sandbox, source: str, tests: str) -> None:
    apart = await bubble.run(Program(source=source, tests=tests))
    together = await bubble.run(Program(source=source, tests=tests, check="together"))
    assert (apart.passed, apart.crossed, together.passed) == (True, True, True), (apart, together)


@pytest.mark.parametrize("check", ["apart", "together"])
@pytest.mark.parametrize(
    ("source", "tests"),
    [
        ("class P:\n    def __init__(self, a):\n        self.a = a\ndef f(p):\n    return p.a\n", "assert f(P(1)) == 1 and P(2).a == 2"),
        ("class N:\n    def __init__(s, x):\n        s.x = x\ndef v(n):\n    return n.x + n.next.x", "r = N(4)\nr.next = N(5)\nassert v(r) == 9"),
        ("def f(n):\n    yield from range(n)\n", "assert list(f(3)) == [0, 1, 2]"),
        ("def f(n):\n    while True:\n        yield n\n", "g = f(3)\nassert next(g) == next(g) == 3"),
        ("def f(g, x):\n    return g(x)\n", "assert f(lambda v: v + 1, 1) == 2"),
        ("def f(g, x):\n    return g(x)\ndef h(x):\n    return x + 1", "assert f(lambda v: h(v) + 1, 1) == 3"),
        ("def f():\n    return lambda x: x + 1\n", "assert f()(1) == 2"),
        ("import re\ndef f(s):\n    return re.match('a', s)", "assert f('ab') and not f('b') and f('ab').group() == 'a'"),
        ("def f(d):\n    return d.keys()", "assert f({'a': 1}) == {'a'} and sorted(f({'b': 1})) == ['b']"),
        ("from collections import Counter\ndef f(s):\n    return Counter(s)", "assert f('aab') == {'a': 2, 'b': 1} and f('')['z'] == 0"),
        ("from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef f():\n    return P(1, 2)", "assert f().y == 2 and f() == (1, 2)"),
        ("import datetime\ndef f():\n    return datetime.date(2020, 2, 29)", "import datetime\nassert f() == datetime.date(2020, 2, 29)"),
        ("def f(t):\n    t[0].append(3)\n", "a = ([1], 2)\nf(a)\nassert a == ([1, 3], 2)"),
        ("def f(x):\n    x['a'].sort()\n", "a = [2, 1]\nf(x={'a': a})\nassert a == [1, 2]"),
        ("def f(a, b):\n    a.append(1)\n    return b", "a = []\nr = f(a, a)\nassert r == [1] and r is a"),
        ("def f(x):\n    return x", "a = [1]\nassert f(a) is a and f([1]) is not a"),
        ("def f(x):\n    raise ValueError('no', 3)", "try:\n    f(1)\n    assert False\nexcept ValueError as e:\n    assert e.args == ('no', 3)"),
        ("def f(x):\n    raise KeyError('k')", "try:\n    f(1)\nexcept KeyError as e:\n    assert str(e) == \"'k'\""),
        ("def f(x):\n    print('hi', x)", "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as b:\n    f(1)\nassert b.getvalue() == 'hi 1\\n'"),
        ("n = 0\nxs = []\ndef f():\n    global n\n    n += 1\n    xs.append(n)", "f()\nf()\nassert n == 2 and xs == [1, 2]"),
        ("def sum(a, b):\n    return a * b", "assert sum(2, 3) == 6"),
        ("def f():\n    return 1\nif __name__ == '__main__':\n    import unittest\n    unittest.main()", "assert f() == 1"),
        ("import pickle\nclass P:\n    pass\ndef f():\n    return type(pickle.loads(pickle.dumps(P()))).__name__", "assert f() == 'P'"),
    ],
)  # fmt: skip
async def test_objects_identity_exceptions_output_and_globals(box: Sandbox, source: str, tests: str, check: str) -> None:
    outcome = await box.run(Program(source=source, tests=tests, check=check))  # type: ignore[arg-type]
    assert (outcome.passed, outcome.crossed) == (True, True), outcome


@pytest.mark.parametrize(
    "tests",
    [
        "assert f(1) != f(2) or f(1) == 2",
        "assert f(1) < 3",
        "assert abs(f(1) - 2) < 1e-6",
        "assert 2 in [f(1)]",
        "assert isinstance(f(1), int)",
    ],
)
async def test_an_object_of_the_program_decides_no_comparison(box: Sandbox, tests: str) -> None:
    same = "class A:\n    __eq__ = lambda s, o: True\n    __lt__ = __sub__ = lambda s, o: s\n    __abs__ = lambda s: 0\nONE = A()\ndef f(x):\n    return ONE"
    assert (await box.run(Program(source=same, tests=tests))).passed is False


async def test_a_wrong_object_is_named(box: Sandbox) -> None:
    outcome = await box.run(Program(source="class A:\n    pass\ndef f(x):\n    return A()", tests="assert f(1) == 2"))
    assert outcome.test_error == "AssertionError:  (the program gave values that are no plain data: program.A)"


async def test_no_protocol_of_python_is_asked_of_an_object(box: Sandbox) -> None:
    source = "class A:\n    __array_interface__ = {'data': (0, True)}\n    __deepcopy__ = __float__ = __index__ = lambda *a: 2\ndef f(x):\n    return A()"
    for tests in ("assert hasattr(f(1), '__array_interface__')", "import copy\nassert copy.deepcopy(f(1)) == 2", "assert float(f(1)) == 2"):
        assert (await box.run(Program(source=source, tests=tests))).passed is False


async def test_a_program_reaches_nothing_of_the_tests_but_what_it_is_handed(box: Sandbox) -> None:
    reach = "def f(g):\n    try:\n        g.__globals__['want'] = 0\n        g.__code__ = f.__code__\n    except Exception:\n        pass\n    return 0"
    assert (await box.run(Program(source=reach, tests="want = 1\nassert f(lambda: want) == want"))).passed is False


async def test_a_value_of_the_tests_that_cannot_cross_is_said_so(box: Sandbox) -> None:
    tests = "class T:\n    x = 1\ntry:\n    {}\nexcept BaseException:\n    pass"
    outcome = await box.run(Program(source="def f(t):\n    return t.x\n", tests=tests.format("f(T())")))
    assert (outcome.passed, outcome.crossed) == (False, False)
    assert outcome.test_error == "the tests hand over a value of type tests.T"
    assert (await box.run(Program(source="def f(t):\n    return t.x", tests=tests.format("f(T())"), check="together"))).passed is True


async def test_what_tests_define_is_seen_by_the_program_they_share_a_process_with(box: Sandbox) -> None:
    source = "def f():\n    return LATER + 1\ndef abs(x):\n    return 0"
    program = Program(source=source, tests="LATER = 1\ndef g():\n    return abs(-f())\nassert g() == 2", check="together")
    assert (await box.run(program)).passed is True


async def test_what_fails_on_the_way_in_is_told(bubble: Sandbox) -> None:
    outcome = await bubble.run(Program(source="import nonexistent_module\n", tests="pass"))
    assert outcome.passed is False
    assert "nonexistent_module" in outcome.test_error
    assert "nonexistent_module" in outcome.stderr
    outcome = await bubble.run(Program(source=RIGHT, tests="def broken(:"))
    assert "SyntaxError" in outcome.test_error
    outcome = await bubble.run(Program(source=RIGHT, tests="assert f(1) == 2", preamble="", given="1/0"))
    assert "ZeroDivisionError" in outcome.test_error

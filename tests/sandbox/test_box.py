"""Running programs: what goes in, what comes out, what each limit does, and that a sandbox serves many without mixing them up."""

import asyncio
import time

import pytest

from assay.core.errors import SandboxError
from assay.sandbox import Limits, Program, Sandbox
from assay.sandbox.backend import Launch, settings
from assay.sandbox.limits import MIB, Outcome
from assay.sandbox.none import Unprotected


async def test_streams_arguments_and_files(box: Sandbox) -> None:
    source = "import sys\nfrom helper import twice\nprint(sys.argv[1:], twice(int(input())), open('data/a.txt').read())\nprint('é', file=sys.stderr)"
    files = {"helper.py": "def twice(x):\n    return 2 * x\n", "data/a.txt": "中文"}
    outcome = await box.run(Program(source=source, stdin="21\n", arguments=("a", "b c"), files=files))
    assert (outcome.status, outcome.exit_code, outcome.stdout, outcome.stderr) == ("ok", 0, "['a', 'b c'] 42 中文\n", "é\n")
    assert outcome.backend == box.name
    assert outcome.passed is None


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", ""])
def test_a_file_name_that_leaves_the_folder_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must be relative"):
        Program(source="", files={name: ""})


@pytest.mark.parametrize(
    ("source", "status", "code"),
    [
        ("", "ok", 0),
        ("import sys; sys.exit(0)", "ok", 0),
        ("import sys; sys.exit(3)", "error", 3),
        ("import sys; sys.exit('bye')", "error", 1),
        ("raise SystemExit", "ok", 0),
        ("import os; os._exit(7)", "error", 7),
        ("1/0", "error", 1),
        ("def f(:", "error", 1),
        ("\x00", "error", 1),
        ("import os, signal; os.kill(0, signal.SIGKILL)", "killed", -9),
        ("import os; os.abort()", "killed", -6),
        ("raise MemoryError", "memory", 1),
        ("x = bytearray(10 << 30)", "memory", 1),
        ("while True: pass", "timeout", None),
        ("import time; time.sleep(60)", "timeout", None),
        ("while True: print('x' * 1000)", "output", None),
        ("import sys\nwhile True: sys.stderr.write('x' * 1000)", "output", None),
        ("def f(): f()\nf()", "error", 1),
    ],
)
async def test_status(box: Sandbox, source: str, status: str, code: int | None) -> None:
    outcome = await box.run(source, limits=Limits(wall=1.0, output=50_000))
    assert (outcome.status, outcome.exit_code) == (status, code), outcome
    assert len(outcome.stdout) <= 50_000
    assert len(outcome.stderr) <= 50_000


async def test_a_traceback_names_the_program_and_nothing_of_ours(box: Sandbox) -> None:
    outcome = await box.run("def f():\n    return [][1]\nf()")
    assert 'File "program.py", line 2, in f\n    return [][1]' in outcome.stderr
    assert outcome.stderr.endswith("IndexError: list index out of range\n")
    assert "inside" not in outcome.stderr
    assert "harness" not in outcome.stderr


async def test_threads_exit_functions_and_unflushed_output_end_as_in_an_interpreter(box: Sandbox) -> None:
    source = (
        "import atexit, threading, time\natexit.register(lambda: print('bye'))\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start()\nprint('main', end='!')"
    )
    assert (await box.run(source)).stdout == "main!thread\nbye\n"


async def test_asyncio_and_subprocesses_work_inside(box: Sandbox) -> None:
    source = (
        "import asyncio, subprocess, sys\nasync def f():\n    await asyncio.sleep(0)\n    return 5\nprint(asyncio.run(f()), flush=True)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; print(7, flush=True); time.sleep(60)'])\n"
        "try:\n    child.wait(1)\nexcept subprocess.TimeoutExpired:\n    pass\nchild.kill()\nprint(child.wait() < 0)"
    )
    outcome = await box.run(source)
    assert outcome.stdout == "5\n7\nTrue\n", outcome


async def test_large_input_and_output_pass(box: Sandbox) -> None:
    text = "x" * (3 * MIB)
    outcome = await box.run("import sys; sys.stdout.write(sys.stdin.read())", stdin=text, limits=Limits(output=4 * MIB))
    assert outcome.stdout == text


async def test_input_nobody_reads_does_no_harm(box: Sandbox) -> None:
    outcome = await box.run("import sys; sys.stdin.close(); print(1)", stdin="x" * MIB)
    assert (outcome.status, outcome.stdout) == ("ok", "1\n")


async def test_bytes_that_are_no_text_are_replaced(box: Sandbox) -> None:
    outcome = await box.run("import sys; sys.stdout.buffer.write(b'a\\xffb')")
    assert outcome.stdout == "a�b"


async def test_a_value_comes_back_as_plain_data(box: Sandbox) -> None:
    source = "from fractions import Fraction\nans = {'a': (1, 2.5, {3}), 2: [None, True, b'x', 10**30, Fraction(1, 3), float('inf')]}"
    outcome = await box.run(Program(source=source, value="ans"))
    from fractions import Fraction

    assert outcome.value == {"a": (1, 2.5, {3}), 2: [None, True, b"x", 10**30, Fraction(1, 3), float("inf")]}


async def test_a_value_that_is_none_such_is_an_error(box: Sandbox) -> None:
    outcome = await box.run(Program(source="ans = object()", value="ans"))
    assert (outcome.status, outcome.value) == ("error", None)


async def test_installed_packages_only_on_request(box: Sandbox) -> None:
    source = "import msgspec; print(msgspec.json.decode(b'[1]'))"
    assert (await box.run(source)).status == "error"
    assert (await box.run(Program(source=source, packages=True))).stdout == "[1]\n"
    assert (await box.run(Program(source=source, packages=True, preload=("msgspec", "no_such_module")))).stdout == "[1]\n"


async def test_the_order_of_a_set_is_the_same_every_time(box: Sandbox) -> None:
    source = "print({str(i) for i in range(20)})"
    first = await box.run(source)
    box.close()
    assert (await box.run(source)).stdout == first.stdout


async def test_one_program_leaves_nothing_for_the_next(box: Sandbox) -> None:
    plant = (
        "import os, sys, builtins, math\nopen('left.txt', 'w').close()\nopen(os.environ['TMPDIR'] + '/left2', 'w').close()\n"
        "builtins.print = None\nmath.pi = 3\nos.environ['LEFT'] = '1'\nglobals()['left'] = 1"
    )
    look = "import os, math\nprint(os.listdir('.'), os.listdir(os.environ['TMPDIR']), math.pi, os.environ.get('LEFT'), 'left' in globals())"
    await box.run(plant)
    assert (await box.run(look)).stdout == "['program.py'] ['program.py'] 3.141592653589793 None False\n"


async def test_a_folder_left_behind_costs_the_session_and_nothing_else(box: Sandbox) -> None:
    await box.run("import os; os.makedirs('a/b'); open('a/b/c', 'w').close(); os.chmod('a', 0)")
    assert (await box.run("import os; print(os.listdir('.'))")).stdout == "['program.py']\n"


async def test_outcomes_come_in_the_order_given(box: Sandbox) -> None:
    outcomes = await box.run_many([Program(source=f"print({number})") for number in range(30)])
    assert [outcome.stdout for outcome in outcomes] == [f"{number}\n" for number in range(30)]
    assert await box.run_many([]) == []


async def test_waiting_for_a_place_is_not_counted(box: Sandbox) -> None:
    outcomes = await asyncio.gather(*(box.run("import time; time.sleep(0.3)", limits=Limits(wall=1.0)) for _ in range(5)))
    assert {outcome.status for outcome in outcomes} == {"ok"}
    assert all(outcome.seconds < 1.0 for outcome in outcomes)


async def test_a_cancelled_run_ends_its_program(box: Sandbox) -> None:
    task = asyncio.create_task(box.run("import time; time.sleep(600)", limits=Limits(wall=700.0)))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await box.run("print(1)")).stdout == "1\n"


def test_sync_beside_and_without_an_event_loop(box: Sandbox) -> None:
    assert box.run_sync("print(1)").stdout == "1\n"

    async def inside() -> Outcome:
        return box.run_sync("print(2)")

    assert asyncio.run(inside()).stdout == "2\n"


def test_a_session_serves_one_event_loop_after_another(box: Sandbox) -> None:
    assert [asyncio.run(box.run(f"print({number})")).stdout for number in range(3)] == ["0\n", "1\n", "2\n"]


class Broken(Unprotected, frozen=True, kw_only=True):
    """A backend whose command fails."""

    argv: tuple[str, ...] = ("/bin/sh", "-c", "echo no namespaces here >&2; exit 1")

    def launch(self, limits: Limits, packages: bool) -> Launch:
        return Launch(command=self.argv, settings=settings("/tmp"))

    def remedy(self) -> str:
        return "Run: mend it"


@pytest.mark.parametrize(("argv", "said"), [(Broken().argv, "no namespaces here"), (("/no/such/bwrap",), "cannot be started")])
async def test_a_sandbox_that_does_not_start_is_our_fault(argv: tuple[str, ...], said: str) -> None:
    with pytest.raises(SandboxError, match=said) as caught:
        await Sandbox(Broken(argv=argv)).run("print(1)")
    assert caught.value.kind == "start"
    assert "mend it" in str(caught.value)


async def test_a_program_that_twice_takes_the_sandbox_with_it_is_killed() -> None:
    box = Sandbox(Unprotected(), places=1)
    outcome = await box.run(Program(source="import os; os.kill(os.getppid(), 9)", tests="pass"))
    box.close()
    assert (outcome.status, outcome.passed) == ("killed", False)


async def test_a_warm_sandbox_that_died_meanwhile_is_replaced(box: Sandbox) -> None:
    await box.run("pass")
    for sessions in box._idle.values():
        for session in sessions:
            session.process.kill()
            session.process.wait()
    assert (await box.run("print(1)")).stdout == "1\n"


async def test_sixteen_at_once_do_not_start_sixteen_sandboxes(bubble: Sandbox) -> None:
    bubble.close()
    began = time.monotonic()
    await asyncio.gather(*(bubble.run("pass") for _ in range(16)))
    assert sum(map(len, bubble._idle.values())) == bubble.places == 1
    assert time.monotonic() - began < 60


async def test_exit_and_quit_are_there_and_leave_a_value(box: Sandbox) -> None:
    for last in ("exit()", "quit()", "import sys\nsys.exit(0)", "raise SystemExit"):
        outcome = await box.run(Program(source=f"ans = 3\nprint(ans)\n{last}\nans = 4", value="ans"))
        assert (outcome.value, outcome.status, outcome.left, outcome.stdout) == (3, "ok", True, "3\n")
    outcome = await box.run(Program(source="exit('so')", value="1"))
    assert (outcome.status, outcome.left, outcome.exit_code, outcome.stderr) == ("error", True, 1, "so\n")
    assert not (await box.run("1/0")).left


async def test_what_is_written_at_exit_to_the_first_stdout_is_kept(box: Sandbox) -> None:
    source = (
        "import atexit, io, sys\nsys.stdout = io.StringIO()\natexit.register(lambda: sys.__stdout__.write(sys.stdout.getvalue()))\nprint(5)"
    )
    assert (await box.run(source)).stdout == "5\n"


async def test_a_program_without_tests_is_main(box: Sandbox) -> None:
    assert (await box.run("if __name__ == '__main__':\n    print(1)")).stdout == "1\n"
    assert (await box.run(Program(source="if __name__ == '__main__':\n    1 / 0\ndef f():\n    return 1", tests="assert f() == 1"))).passed

"""The built program, as an operator runs it: started in a folder of its own, and ended by its process."""

import contextlib
import ctypes
import itertools
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 30
FIRST_PORT, PORTS = 12_000, 20_000
# What holds the claimed ports until the tests end.
CLAIMS = []


def built_program():
    """`COUNTERSIGN_BIN`, or what `cargo build` made."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    program = pathlib.Path(os.environ.get("COUNTERSIGN_BIN", target / "debug" / "countersign")).resolve()
    assert program.is_file(), f"{program} was not built: cargo build --workspace"
    return program


def claim_ports(count):
    """Ports of 127.0.0.1 on which nobody listens, claimed as `testkit` claims them: below those from which the kernel
    takes the ports of outgoing connections, by a name that one process at a time can hold."""
    start = os.getpid() % PORTS
    numbers = (FIRST_PORT + (start + step) % PORTS for step in range(PORTS))
    return list(itertools.islice(filter(claim, numbers), count))


def claim(number):
    with contextlib.ExitStack() as undo:
        name = undo.enter_context(socket.socket(socket.AF_UNIX))
        with socket.socket() as port:
            port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                name.bind(f"\0countersign-tests-port-{number}")
                port.bind(("127.0.0.1", number))
            except OSError:
                return False
        undo.pop_all()
        CLAIMS.append(name)
        return True


class Countersign:
    """`countersign OPTIONS COMMAND` in a folder. What `serve` prints is kept in `server.log`."""

    def __init__(self, folder, options, management_port):
        self.folder = pathlib.Path(folder)
        self.options = options
        self.management_port = management_port
        self.process = None

    def run(self, *command, stdin=""):
        """Another command than `serve`, to its end; what it answers with `--json`."""
        line = [built_program(), *self.options, "--json", *map(str, command)]
        ended = subprocess.run(
            line, cwd=self.folder, env=environment(), input=stdin, capture_output=True, text=True, timeout=60
        )
        assert ended.returncode == 0, f"{' '.join(map(str, command))}: {ended.stderr}"
        return json.loads(ended.stdout)

    def start(self):
        """Starts `serve` and waits until it is ready."""
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [built_program(), *self.options, "serve"],
                cwd=self.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=end_with_the_parent,
            )
        end = time.monotonic() + PATIENCE
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise AssertionError(f"countersign did not become ready:\n{self.log()}")
            time.sleep(0.02)

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.management_port}/health/ready", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self):
        """Ends `serve` as an operator does, and waits until all it had to say is in the log."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.process = None

    @property
    def log_file(self):
        return self.folder / "server.log"

    def log(self):
        """All that `serve` printed so far."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""


def environment():
    """What a program needs of the environment; no setting of the caller's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}


def end_with_the_parent():
    """Runs in the child: the kernel ends it when the tests are killed."""
    set_parent_death_signal = 1
    ctypes.CDLL(None, use_errno=True).prctl(set_parent_death_signal, signal.SIGKILL)

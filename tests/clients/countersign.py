"""The built program, as an operator runs it: started in a folder of its own, and ended by its process."""

import contextlib
import ctypes
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


def built_program():
    """`COUNTERSIGN_BIN`, or what `cargo build` made."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    program = pathlib.Path(os.environ.get("COUNTERSIGN_BIN", target / "debug" / "countersign")).resolve()
    assert program.is_file(), f"{program} was not built: cargo build --workspace"
    return program


def free_ports(count):
    """Ports of 127.0.0.1 that nobody listens on."""
    with contextlib.ExitStack() as taken:
        sockets = [taken.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


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

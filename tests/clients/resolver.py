"""A resolver hook: some hosts are at a port of this machine, for programs that know one host only."""

import contextlib
import socket


@contextlib.contextmanager
def host_is_at(host, port):
    """Within the block, connections of this process to `host` go to `port` of 127.0.0.1, whatever port they name."""
    resolve = socket.getaddrinfo

    def hooked(name, *arguments, **options):
        if name in (host, host.encode()):
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]
        return resolve(name, *arguments, **options)

    socket.getaddrinfo = hooked
    try:
        yield
    finally:
        socket.getaddrinfo = resolve

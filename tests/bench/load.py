"""The load generator: a process of its own, one thread, keep-alive connections, nothing parsed needlessly.

    python -m tests.bench.load < job.json > result.json

Each client sends its requests round and round on one connection, the next when the last was answered.
"""

from __future__ import annotations

import json
import random
import selectors
import socket
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from uuid import uuid4

KEY = "00000000-0000-0000-0000-000000000000"
"""Stands in a request where each sending needs a UUID of its own."""
CONNECTION_TRIES = 100
ANSWER_TIMEOUT = 20.0


@dataclass
class Job:
    """What to send.

    Args:
        requests: one list per client, each request whole as it goes over the wire.
        status: what every answer must have.
        workers: how many processes serve; the clients spread over them evenly.
        seconds: how long; `most`: at most how many requests.
    """

    port: int
    requests: list[list[str]]
    status: int
    workers: int
    seconds: float
    warmup: float = 0.5
    most: int | None = None


@dataclass
class Result:
    """What came back: latencies are seconds, `started` and `ended` are the epoch's."""

    started: float
    ended: float
    latencies: list[float] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)


class Client:
    """One connection, and where in its requests it is."""

    def __init__(self, connection: socket.socket, requests: list[str]) -> None:
        self.connection = connection
        self.requests = [request.encode() for request in requests]
        self.position = random.randrange(len(requests))
        self.sent_at = 0.0
        self.received = b""
        self.missing: int | None = None

    def send(self) -> None:
        request = self.requests[self.position % len(self.requests)]
        self.position += 1
        self.received, self.missing = b"", None
        self.sent_at = time.perf_counter()
        self.connection.sendall(request.replace(KEY.encode(), str(uuid4()).encode()))

    def receive(self) -> int | None:
        """The status once the answer is whole; 0 when the server hung up."""
        piece = self.connection.recv(262_144)
        if not piece:
            return 0
        self.received += piece
        if self.missing is None:
            head, found, body = self.received.partition(b"\r\n\r\n")
            if not found:
                return None
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            self.missing = int(length) - len(body)
        else:
            self.missing -= len(piece)
        return None if self.missing > 0 else int(self.received[9:12])


def run(job: Job) -> Result:
    """Send for as long as the job says; what is sent before `warmup` is over isn't counted."""
    clients = _clients(job)
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client.connection, selectors.EVENT_READ, client)
    failures: Counter[str] = Counter()
    warm_at = time.perf_counter() + job.warmup
    end_at = warm_at + job.seconds
    result = Result(started=time.time() + job.warmup, ended=0.0)
    sent = len(clients)
    for client in clients:
        client.send()
    while selector.get_map():
        events = selector.select(ANSWER_TIMEOUT)
        if not events:
            failures["no answer"] += len(selector.get_map())
            break
        for key, _ in events:
            client = key.data
            status = client.receive()
            if status is None:
                continue
            now = time.perf_counter()
            if status != job.status:
                failures[str(status)] += 1
            elif client.sent_at >= warm_at:
                result.latencies.append(now - client.sent_at)
            if status and now < end_at and (job.most is None or sent < job.most):
                client.send()
                sent += 1
            else:
                selector.unregister(client.connection)
                client.connection.close()
    result.ended = time.time()
    result.failures = dict(failures)
    return result


def _clients(job: Job) -> list[Client]:
    """The clients, connected so that each worker has as many as the others.

    A keep-alive connection stays with the worker that took it; left to chance, one may get them all.
    """
    share = -(-len(job.requests) // job.workers)
    taken: Counter[bytes] = Counter()
    clients: list[Client] = []
    for _ in range(CONNECTION_TRIES * len(job.requests)):
        connection = socket.create_connection(("127.0.0.1", job.port), timeout=ANSWER_TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        worker = _worker_behind(connection, job.port) if job.workers > 1 else b""
        if taken[worker] < share:
            taken[worker] += 1
            clients.append(Client(connection, job.requests[len(clients)]))
        else:
            connection.close()
        if len(clients) == len(job.requests):
            return clients
    raise RuntimeError(f"{job.workers} workers expected, connections went to {dict(taken)}")


def _worker_behind(connection: socket.socket, port: int) -> bytes:
    asking = Client(connection, [f"GET /hello/worker HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"])
    asking.send()
    while asking.receive() is None:
        pass
    return asking.received.rpartition(b"\r\n")[2]


if __name__ == "__main__":
    json.dump(asdict(run(Job(**json.load(sys.stdin)))), sys.stdout)

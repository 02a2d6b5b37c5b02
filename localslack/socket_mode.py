"""Socket Mode's server side: connections, envelopes, acknowledgements, redelivery."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from localslack.refusals import Json

__all__ = ["Delivery", "SocketMode"]

_MOST_CONNECTIONS = 10


@dataclass(slots=True)
class _Pending:
    """An envelope on its way. `answered`: resolves to the ack's payload, or to None when its connection was lost."""

    connection: web.WebSocketResponse
    answered: asyncio.Future[Json | None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an envelope: acknowledged or not, the ack's payload, and how many attempts it took."""

    acked: bool
    payload: Json = field(default_factory=dict)
    attempts: int = 0


class SocketMode:
    """`ack_within` seconds, then an event is sent again after each pause of `retry_pauses` (Slack: at once, a minute,
    five minutes). Commands and interactions are never sent twice."""

    def __init__(
        self, *, app_id: str, ack_within: float = 3.0, retry_pauses: Sequence[float] = (0.0, 60.0, 300.0)
    ) -> None:
        self.ack_within = ack_within
        self.retry_pauses = tuple(retry_pauses)
        self._app_id = app_id
        self._tickets: set[str] = set()
        self._connections: list[web.WebSocketResponse] = []
        self._pending: dict[str, _Pending] = {}
        self._turn = itertools.count()
        self._connected = asyncio.Event()
        self.log: list[Json] = []  # every envelope sent, for tests
        self.acked: list[tuple[Json, float]] = []  # those acknowledged, with the seconds it took
        self.acks: list[float] = []  # seconds each acknowledged one waited, for tests

    @property
    def connections(self) -> int:
        return len(self._connections)

    def new_ticket(self) -> str:
        """A ticket for one connection, as apps.connections.open gives with its URL."""
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket endpoint."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        if len(self._connections) >= _MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        hello = {
            "type": "hello",
            "num_connections": len(self._connections) + 1,
            "connection_info": {"app_id": self._app_id},
            "debug_info": {"host": "applink-local", "approximate_connection_time": 18060},
        }
        await socket.send_json(hello)
        self._connections.append(socket)
        self._connected.set()
        try:
            async for frame in socket:
                if frame.type == WSMsgType.TEXT:
                    self._take(frame.data)
        finally:
            self._forget(socket)
        return socket

    def _take(self, text: str) -> None:
        try:
            answer = json.loads(text)
        except json.JSONDecodeError:
            return
        pending = self._pending.pop(answer.get("envelope_id", ""), None) if isinstance(answer, dict) else None
        if pending is not None and not pending.answered.done():
            payload = answer.get("payload")
            pending.answered.set_result(payload if isinstance(payload, dict) else {})

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self._connections:
            self._connections.remove(socket)
        if not self._connections:
            self._connected.clear()
        for pending in [p for p in self._pending.values() if p.connection is socket]:
            if not pending.answered.done():
                pending.answered.set_result(None)

    async def wait_connected(self, timeout_s: float = 5.0) -> None:
        """Until an app is connected. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._connected.wait()

    async def deliver(self, kind: str, payload: Json, *, accepts_response: bool, patience: float = 3.0) -> Delivery:
        """Sends an envelope to one of the connections and waits for its ack.

        `kind`: "events_api", "slash_commands" or "interactive". Without a connection it waits `patience` seconds for
        one.
        """
        pauses = (0.0, *self.retry_pauses) if kind == "events_api" else (0.0,)
        attempts, reason = 0, ""
        for pause in pauses:
            await asyncio.sleep(pause)
            try:
                await self.wait_connected(patience)
            except TimeoutError:
                reason = "http_error"
                continue
            envelope: Json = {
                "envelope_id": str(uuid.uuid4()),
                "payload": payload,
                "type": kind,
                "accepts_response_payload": accepts_response,
            }
            if kind == "events_api":
                envelope |= {"retry_attempt": attempts, "retry_reason": reason}
            attempts += 1
            answer = await self._send(envelope)
            if answer is not None:
                return Delivery(True, answer, attempts)
            reason = "timeout"
        return Delivery(False, attempts=attempts)

    async def _send(self, envelope: Json) -> Json | None:
        connection = self._connections[next(self._turn) % len(self._connections)]
        pending = _Pending(connection, asyncio.get_running_loop().create_future())
        self._pending[envelope["envelope_id"]] = pending
        self.log.append(envelope)
        sent = time.monotonic()
        try:
            await connection.send_json(envelope)
            async with asyncio.timeout(self.ack_within):
                answer = await pending.answered
            if answer is not None:
                took = time.monotonic() - sent
                self.acks.append(took)
                self.acked.append((envelope, took))
            return answer
        except (TimeoutError, ConnectionError):
            return None
        finally:
            self._pending.pop(envelope["envelope_id"], None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tells every connection to go ("warning", "refresh_requested", "link_disabled"), as Slack does every few
        hours."""
        for connection in tuple(self._connections):
            await connection.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-local"}}
            )
            if reason != "warning":
                await connection.close()

    async def drop(self) -> None:
        """Cuts every connection without a word."""
        for connection in tuple(self._connections):
            await connection.close(code=1001)

    async def close(self) -> None:
        """Ends all connections for good."""
        for connection in tuple(self._connections):
            await connection.close()
        for pending in self._pending.values():
            if not pending.answered.done():
                pending.answered.set_result(None)

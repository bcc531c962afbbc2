"""The wire that blocks: `http.client`, one connection a request, so that threads may share a client."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from typing import Mapping, Optional

from ._address import Address
from ._wire import Reply, Request

_CHUNK = 65_536


class BlockingWire:
    def __init__(self, address: Address, tls: Optional[ssl.SSLContext]) -> None:
        self._address = address
        self._tls = tls

    async def open(self, request: Request, timeout: float) -> Reply:
        connection = self._connection(timeout)
        try:
            connection.connect()
            reply_socket = connection.sock
            connection.request(request.method, self._address.path + request.path, body=request.body, headers=dict(request.headers))
            return _BlockingReply(connection, connection.getresponse(), reply_socket)
        except BaseException as failure:
            connection.close()
            raise _as_promised(failure)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        host, port = self._address.host, self._address.port
        if not self._address.secure:
            return http.client.HTTPConnection(host, port, timeout=timeout)
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=self._tls or ssl.create_default_context())


class _BlockingReply:
    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse, reply_socket: socket.socket) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.getheaders()}
        self._connection = connection
        self._response = response
        self._socket = reply_socket

    async def read(self, timeout: float) -> bytes:
        # Once the body is whole, the connection may be closed already.
        if self._response.isclosed():
            return b""
        self._socket.settimeout(max(timeout, 0.001))
        try:
            chunk = self._response.read1(_CHUNK)
        except (http.client.HTTPException, OSError, ValueError) as failure:
            raise _as_promised(failure)
        if chunk == b"" and self._response.length:
            raise ConnectionError("the answer ended before it was whole")
        return chunk

    def close(self) -> None:
        self._response.close()
        self._connection.close()


def _as_promised(failure: BaseException) -> BaseException:
    """What the wire says of a failure."""
    # Before Python 3.10 another class than the built-in one.
    if isinstance(failure, socket.timeout):
        return TimeoutError("no answer in time")
    # A ValueError is what reading says of a connection that was closed meanwhile, or cut within a chunk.
    if isinstance(failure, (http.client.HTTPException, ValueError)):
        return ConnectionError(str(failure) or type(failure).__name__)
    return failure

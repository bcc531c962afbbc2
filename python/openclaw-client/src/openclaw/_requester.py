"""Asks the gateway: with the credential, in JSON, until a deadline, again where that may help."""

from __future__ import annotations

import email.utils
import json
import random
import re
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, Tuple, TypeVar
from urllib.parse import quote, urlencode

from ._wire import Reply, Request, Wire
from .errors import STATUS_OF_CODE, OpenClawError

T = TypeVar("T")

_PATIENCE = 60.0
_RETRIES = 2
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
_PASSING_STATUS = (429, 502, 503, 504)
#: Answers of the gateway with such a status that stay the same when the same write is asked again.
_FINAL_CODES = ("budget_exceeded", "model_failed", "model_overloaded", "turn_deadline", "timeout")


@dataclass(frozen=True)
class Options:
    """How calls are made: by a client, or by a single call."""

    timeout: Optional[float] = None
    max_retries: Optional[int] = None
    idempotency_key: Optional[str] = None


@dataclass(frozen=True)
class Ask:
    method: str
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    body: Optional[Mapping[str, object]] = None
    headers: Mapping[str, str] = field(default_factory=dict)
    #: How long this call takes where nobody said how long it may.
    patience: float = _PATIENCE


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise self.late()
        return left

    def late(self) -> OpenClawError:
        return OpenClawError(f"No answer within {self._seconds:g} seconds", code="request_timeout")


class Requester:
    def __init__(self, wire: Wire, where: str, credential: Optional[str], options: Options) -> None:
        self.wire = wire
        self._where = where
        self._credential = credential
        self._options = options

    def __repr__(self) -> str:
        return f"<requests to {self._where}>"

    def with_options(self, options: Options) -> "Requester":
        given = {name: value for name, value in vars(options).items() if value is not None}
        return Requester(self.wire, self._where, self._credential, replace(self._options, **given))

    @property
    def retries(self) -> int:
        return _RETRIES if self._options.max_retries is None else self._options.max_retries

    def patience(self, ask: Ask) -> float:
        return ask.patience if self._options.timeout is None else self._options.timeout

    async def json(self, ask: Ask) -> Any:
        return (await self.whole(ask))[0]

    async def whole(self, ask: Ask) -> Tuple[Any, Mapping[str, str]]:
        """The JSON that is answered, with the headers of the answer."""
        deadline = Deadline(self.patience(ask))
        request = self.prepare(ask, self.key_for(ask))

        async def read(reply: Reply) -> Tuple[Any, Mapping[str, str]]:
            return _json_of(reply, await _body_of(reply, deadline)), reply.headers

        return await self._try_all(request, deadline, self.retries, read)

    async def open(self, request: Request, deadline: Deadline, retries: int) -> Reply:
        """An answer whose body is read, and closed, by the caller."""

        async def keep(reply: Reply) -> Reply:
            return reply

        return await self._try_all(request, deadline, retries, keep)

    def key_for(self, ask: Ask) -> Optional[str]:
        """One key for all tries, so that a write whose answer was lost is answered and not done twice."""
        if ask.method == "GET":
            return None
        return visible(self._options.idempotency_key, "An idempotency key") or f"oc-{secrets.token_hex(16)}"

    def prepare(self, ask: Ask, key: Optional[str], headers: Optional[Mapping[str, str]] = None) -> Request:
        sent: Dict[str, str] = {"accept": "application/json", "user-agent": "openclaw-python", **ask.headers, **(headers or {})}
        if self._credential is not None:
            sent["authorization"] = f"Bearer {self._credential}"
        if key is not None:
            sent["idempotency-key"] = key
        query = urlencode({name: _text(value) for name, value in ask.query.items() if value is not None}, quote_via=quote)
        body = None if ask.body is None else json.dumps(ask.body, ensure_ascii=False).encode()
        if body is not None:
            sent["content-type"] = "application/json"
        return Request(ask.method, ask.path + (f"?{query}" if query else ""), sent, body)

    async def _try_all(self, request: Request, deadline: Deadline, retries: int, read: Callable[[Reply], Awaitable[T]]) -> T:
        retry = 0
        while True:
            try:
                return await self._try_once(request, deadline, read)
            except OpenClawError as failure:
                wait = pause_before(retry, failure.retry_after)
                # Who asks for more than there is left is told now what was said.
                if not is_passing(failure) or retry >= retries or wait >= deadline.left():
                    raise
                retry += 1
            await self.wire.sleep(wait)

    async def _try_once(self, request: Request, deadline: Deadline, read: Callable[[Reply], Awaitable[T]]) -> T:
        try:
            reply = await self.wire.open(request, deadline.left())
        except TimeoutError:
            raise deadline.late() from None
        except OSError as failure:
            raise OpenClawError(f"No gateway answers at {self._where}", code="connection_failed") from failure
        kept = False
        try:
            if 300 <= reply.status < 400:
                raise _redirected(reply)
            if not 200 <= reply.status < 300:
                raise _error_of(reply, await _body_of(reply, deadline))
            result = await read(reply)
            kept = result is reply
            return result
        finally:
            if not kept:
                reply.close()


def is_passing(failure: OpenClawError) -> bool:
    """Whether the same call may succeed in a moment."""
    return failure.code == "connection_failed" or (failure.status in _PASSING_STATUS and failure.code not in _FINAL_CODES)


def pause_before(retry: int, retry_after: Optional[float]) -> float:
    """Twice as long each time, somewhere in the upper half of it, so that clients that failed together do not come back together."""
    own: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**retry) * random.uniform(0.5, 1)
    return own if retry_after is None else retry_after + own * 0.1


def visible(text: Optional[str], what: str) -> Optional[str]:
    """What can stand in a header, without the line end that comes along from files; None where there is nothing."""
    bare = (text or "").strip()
    if bare and re.fullmatch(r"[\x21-\x7e]+", bare) is None:
        raise ValueError(f"{what} may hold visible ASCII characters only")
    return bare or None


def error_in_stream(told: Mapping[str, Any], headers: Mapping[str, str]) -> OpenClawError:
    """The error that an `error` event of a stream means."""
    code = told["code"] if isinstance(told.get("code"), str) else "internal"
    return OpenClawError(
        str(told.get("message") or f"The gateway answered {code}"),
        code=code,
        status=STATUS_OF_CODE.get(code),
        headers=headers,
        retry_after=_number(told.get("retry_after")),
        details=_mapping(told.get("details")),
    )


async def _body_of(reply: Reply, deadline: Deadline) -> bytes:
    parts: List[bytes] = []
    try:
        while True:
            part = await reply.read(deadline.left())
            if part == b"":
                return b"".join(parts)
            parts.append(part)
    except TimeoutError:
        raise deadline.late() from None
    except OSError as failure:
        raise OpenClawError("The connection was lost before the answer was whole", code="connection_failed") from failure


def _json_of(reply: Reply, body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as failure:
        raise OpenClawError("What answers here does not speak JSON: is base_url the gateway?", code="unexpected_answer", status=reply.status, headers=reply.headers) from failure


def _redirected(reply: Reply) -> OpenClawError:
    """Redirects are not followed, so that a credential goes only where it was meant to go."""
    to = reply.headers.get("location")
    where = f" to {to}" if to else ""
    return OpenClawError(f"The gateway's address answers with a redirect{where}: use where it leads as base_url", code="redirected", status=reply.status, headers=reply.headers)


def _error_of(reply: Reply, body: bytes) -> OpenClawError:
    try:
        told = _mapping((_mapping(json.loads(body)) or {}).get("error")) or {}
    except ValueError:
        told = {}
    header = _seconds(reply.headers.get("retry-after"))
    retry_after = _number(told.get("retry_after")) if header is None else header
    if isinstance(told.get("code"), str):
        message = str(told.get("message") or f"The gateway answered {reply.status}")
        return OpenClawError(message, code=told["code"], status=reply.status, headers=reply.headers, retry_after=retry_after, details=_mapping(told.get("details")))
    message = f"{reply.status} without a word of the gateway: something else answers here, or stands before it"
    return OpenClawError(message, code="unexpected_answer", status=reply.status, headers=reply.headers, retry_after=retry_after)


def _seconds(header: Optional[str]) -> Optional[float]:
    """`Retry-After` is a number of seconds, or a date."""
    if header is None:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", header):
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _number(value: object) -> Optional[float]:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 else None


def _mapping(value: object) -> Optional[Mapping[str, Any]]:
    return value if isinstance(value, dict) else None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

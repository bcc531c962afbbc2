from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, AsyncGenerator, Callable, Mapping, Optional

from ._requester import Ask, Deadline, Requester, error_in_stream, pause_before
from ._sse import SseReader
from ._wire import Reply
from .errors import OpenClawError

#: The gateway says something every 15 seconds. One that was silent for this long is gone, whatever the socket says.
_SILENCE = 60.0
#: A stream that has begun comes back over a restart of the gateway: for about twenty seconds.
_RETRIES_BEGUN = 6

Event = Mapping[str, Any]


@dataclass
class _Place:
    """Where a stream stands: what is needed to take it up again."""

    last_id: Optional[str] = None
    retry: Optional[float] = None
    told: bool = False
    #: Since something was last heard.
    breaks: int = 0


class _Broken(OpenClawError):
    """The wait broke off, not what is waited for."""


async def follow(requester: Requester, ask: Ask, is_last: Callable[[Event], bool]) -> AsyncGenerator[Event, None]:
    """The events of a stream, to the last. Where the connection is lost it is taken up again behind the last event that had an id;
    before the first event, by asking the same once more under the same idempotency key."""
    key = requester.key_for(ask)
    place = _Place()
    while True:
        connection = _once(requester, ask, key, place)
        try:
            async for event in connection:
                yield event
                if is_last(event):
                    return
        except _Broken as broken:
            if (place.told and place.last_id is None) or place.breaks >= requester.retries:
                raise
            place.breaks += 1
            wait = max(place.retry or 0, pause_before(place.breaks - 1, broken.retry_after))
        finally:
            # Who leaves early leaves the connection, too.
            await connection.aclose()
        await requester.wire.sleep(wait)


async def _once(requester: Requester, ask: Ask, key: Optional[str], place: _Place) -> AsyncGenerator[Event, None]:
    """The events of one connection."""
    headers = {"accept": "text/event-stream"}
    if place.last_id is not None:
        headers["last-event-id"] = place.last_id
    retries = max(requester.retries, _RETRIES_BEGUN) if place.told and requester.retries > 0 else requester.retries
    reply = await requester.open(requester.prepare(ask, key, headers), Deadline(requester.patience(ask)), retries)
    try:
        _check(reply)
        sse = SseReader()
        while True:
            for message in sse.read(await _heard(reply)):
                place.breaks = 0
                place.last_id = place.last_id if message.id is None else message.id
                place.retry = place.retry if message.retry is None else message.retry
                event = _event_of(message.data)
                if event is None:
                    continue
                if event["type"] == "error":
                    raise _failure_of(event, reply, message.id is None and message.retry is not None)
                place.told = True
                yield event
    finally:
        reply.close()


def _check(reply: Reply) -> None:
    if reply.status == 204:
        raise OpenClawError("The stream was over before its last event was heard", code="stream_interrupted")
    if not reply.headers.get("content-type", "").lower().startswith("text/event-stream"):
        raise OpenClawError("What answers here does not speak in events: is base_url the gateway?", code="unexpected_answer", status=reply.status, headers=reply.headers)


async def _heard(reply: Reply) -> bytes:
    """The next piece, unless it does not come."""
    try:
        piece = await reply.read(_SILENCE)
    except TimeoutError:
        raise _Broken("The gateway fell silent", code="stream_interrupted") from None
    except OSError as failure:
        raise _Broken("The connection was lost in the middle of the stream", code="stream_interrupted") from failure
    if piece == b"":
        raise _Broken("The stream ended before its last event", code="stream_interrupted")
    return piece


def _failure_of(event: Event, reply: Reply, passes: bool) -> OpenClawError:
    """An error that has no place on the stream and says when to come back is one of the connection, not of what is followed."""
    error = error_in_stream(event, reply.headers)
    if not passes:
        return error
    return _Broken(error.message, code=error.code, status=error.status, headers=error.headers, retry_after=error.retry_after, details=error.details)


def _event_of(data: str) -> Optional[Event]:
    try:
        event = json.loads(data)
    except ValueError as failure:
        raise OpenClawError("What answers here does not speak in JSON events", code="unexpected_answer") from failure
    return event if isinstance(event, dict) and isinstance(event.get("type"), str) else None

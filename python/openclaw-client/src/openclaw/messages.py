from __future__ import annotations

import math
from typing import Any, AsyncGenerator, AsyncIterator, Dict, Iterator, Mapping, Optional

from ._follow import follow
from ._reading import given, read
from ._requester import Ask, Options, Requester
from ._wire import iterate, run
from .errors import OpenClawError
from .models import Event, MessageDone, MessageReply

#: How long an answer of the agent is waited for, unless told.
_PATIENCE = 600.0
#: What the gateway says of a wait that is over is worth waiting for.
_GRACE = 5.0
_LONGEST_WAIT = 86_400


def _body(
    message: str,
    workspace: Optional[str],
    user_id: Optional[str],
    session_id: Optional[str],
    context: Optional[Mapping[str, str]],
    options: Optional[Mapping[str, object]],
    timeout_seconds: Optional[float],
) -> Dict[str, object]:
    return dict(given(workspace=workspace, userId=user_id, message=message, sessionId=session_id, context=context, options=options, timeoutSeconds=timeout_seconds))


async def _send(requester: Requester, body: Dict[str, object]) -> MessageReply:
    ask = Ask("POST", "/api/v1/messages", patience=_PATIENCE)
    patience = requester.patience(ask)
    seconds = body.setdefault("timeoutSeconds", min(_LONGEST_WAIT, math.ceil(patience)))
    longer = requester.with_options(Options(timeout=max(patience, float(str(seconds))) + _GRACE))
    return read(MessageReply, await longer.json(Ask("POST", ask.path, body=body)))


class _Stream:
    """What both kinds of streams know. One stream is read once: by iterating over it or by `events()`, then `done()`."""

    def __init__(self, requester: Requester, body: Mapping[str, object]) -> None:
        ask = Ask("POST", "/api/v1/messages/stream", body=body, patience=_PATIENCE)
        self._last: Optional[MessageDone] = None
        self._all = self._events(requester, ask)

    async def _events(self, requester: Requester, ask: Ask) -> AsyncGenerator[Event, None]:
        source = follow(requester, ask, lambda event: event["type"] == "done")
        try:
            async for event in source:
                if event["type"] == "done":
                    self._last = read(MessageDone, event)
                yield read(Event, event)
        finally:
            await source.aclose()

    def _end(self) -> MessageDone:
        if self._last is None:
            raise OpenClawError("The stream was left before its end", code="stream_interrupted")
        return self._last


class MessageStream(_Stream):
    """An answer while it is written. Iterating gives its words; nothing is sent before that."""

    def __iter__(self) -> Iterator[str]:
        for event in self.events():
            if event.type == "token" and event.content is not None:
                yield event.content

    def events(self) -> Iterator[Event]:
        """Everything that happens, `done` included."""
        return iterate(self._all)

    def done(self) -> MessageDone:
        """What is known at the end. Reads on to there, if nobody has yet."""
        for _ in self.events():
            pass
        return self._end()

    def close(self) -> None:
        """Stops listening. The agent goes on: its answer will be in the history of the session."""
        run(self._all.aclose())

    def __enter__(self) -> "MessageStream":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class AsyncMessageStream(_Stream):
    """An answer while it is written. Iterating gives its words; nothing is sent before that."""

    async def __aiter__(self) -> AsyncIterator[str]:
        async for event in self.events():
            if event.type == "token" and event.content is not None:
                yield event.content

    async def events(self) -> AsyncIterator[Event]:
        """Everything that happens, `done` included."""
        try:
            async for event in self._all:
                yield event
        finally:
            await self._all.aclose()

    async def done(self) -> MessageDone:
        """What is known at the end. Reads on to there, if nobody has yet."""
        async for _ in self.events():
            pass
        return self._end()

    async def aclose(self) -> None:
        """Stops listening. The agent goes on: its answer will be in the history of the session."""
        await self._all.aclose()

    async def __aenter__(self) -> "AsyncMessageStream":
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.aclose()


class Messages:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    def send(
        self,
        *,
        message: str,
        workspace: Optional[str] = None,
        user_id: Optional[str] = None,
        session_id: Optional[str] = None,
        context: Optional[Mapping[str, str]] = None,
        options: Optional[Mapping[str, object]] = None,
        timeout_seconds: Optional[float] = None,
        idempotency_key: Optional[str] = None,
    ) -> MessageReply:
        """Gives the agent a message and waits for its answer. `context` takes `timezone` and `language`; `options` `model` and `max_tokens`."""
        body = _body(message, workspace, user_id, session_id, context, options, timeout_seconds)
        return run(_send(self._requester.with_options(Options(idempotency_key=idempotency_key)), body))

    def stream(
        self,
        *,
        message: str,
        workspace: Optional[str] = None,
        user_id: Optional[str] = None,
        session_id: Optional[str] = None,
        context: Optional[Mapping[str, str]] = None,
        options: Optional[Mapping[str, object]] = None,
        idempotency_key: Optional[str] = None,
    ) -> MessageStream:
        """Gives the agent a message; iterates over the words of its answer as they come."""
        body = _body(message, workspace, user_id, session_id, context, options, None)
        return MessageStream(self._requester.with_options(Options(idempotency_key=idempotency_key)), body)


class AsyncMessages:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    async def send(
        self,
        *,
        message: str,
        workspace: Optional[str] = None,
        user_id: Optional[str] = None,
        session_id: Optional[str] = None,
        context: Optional[Mapping[str, str]] = None,
        options: Optional[Mapping[str, object]] = None,
        timeout_seconds: Optional[float] = None,
        idempotency_key: Optional[str] = None,
    ) -> MessageReply:
        """Gives the agent a message and waits for its answer. `context` takes `timezone` and `language`; `options` `model` and `max_tokens`."""
        body = _body(message, workspace, user_id, session_id, context, options, timeout_seconds)
        return await _send(self._requester.with_options(Options(idempotency_key=idempotency_key)), body)

    def stream(
        self,
        *,
        message: str,
        workspace: Optional[str] = None,
        user_id: Optional[str] = None,
        session_id: Optional[str] = None,
        context: Optional[Mapping[str, str]] = None,
        options: Optional[Mapping[str, object]] = None,
        idempotency_key: Optional[str] = None,
    ) -> AsyncMessageStream:
        """Gives the agent a message; iterates over the words of its answer as they come."""
        body = _body(message, workspace, user_id, session_id, context, options, None)
        return AsyncMessageStream(self._requester.with_options(Options(idempotency_key=idempotency_key)), body)

from __future__ import annotations

from typing import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Optional, Sequence, Tuple

from ._address import segment
from ._follow import follow
from ._pages import PAGE_SIZE, each_item
from ._reading import given, read
from ._requester import Ask, Deadline, Options, Requester
from ._wire import iterate, run
from .errors import OpenClawError
from .models import Event, Task, TaskPage, TaskResult

_PATH = "/api/v1/tasks"
#: After these, nothing more happens.
_LAST = ("completed", "failed", "cancelled")
#: Until the first event: a task may have to wait for its turn.
_PATIENCE = 600.0

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 2.0
#: Each question of a wait is asked again so often that a restart of the gateway (a minute, say) ends no waiting.
_RETRIES = 10

OnStatus = Callable[[Task], None]


def _create(prompt: str, options: Optional[Mapping[str, object]], workspace: Optional[str], user_id: Optional[str], label: Optional[str]) -> Ask:
    return Ask("POST", _PATH, body=given(prompt=prompt, options=options, workspace=workspace, user_id=user_id, label=label))


def _list(status: Optional[str], from_: Optional[str], to: Optional[str], search: Optional[str], limit: Optional[int], offset: Optional[int]) -> Ask:
    return Ask("GET", _PATH, query=given(status=status, from_=from_, to=to, search=search, limit=limit, offset=offset))


def _ask(method: str, task: str, what: str = "") -> Ask:
    return Ask(method, f"{_PATH}/{segment(task)}{what}")


async def _wait(requester: Requester, task: str, timeout: Optional[float], on_status: Optional[OnStatus]) -> TaskResult:
    deadline = Deadline(float("inf") if timeout is None else timeout)
    told: Optional[str] = None
    pause = _FIRST_PAUSE
    while True:
        patient = requester.with_options(Options(timeout=min(requester.patience(_ask("GET", task)), deadline.left()), max_retries=_RETRIES))
        seen = read(Task, await patient.json(_ask("GET", task)))
        if on_status is not None and seen.status != told:
            on_status(seen)
        told = seen.status
        if seen.status != "running":
            return _with_output(read(TaskResult, await patient.json(_ask("GET", task, "/result"))))
        await requester.wire.sleep(min(pause, deadline.left()))
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _with_output(result: TaskResult) -> TaskResult:
    if result.status == "completed":
        return result
    cancelled = result.status == "cancelled"
    why = f": {result.error.get('message')}" if result.error else ""
    raise OpenClawError(f"The task {result.id} {'was cancelled' if cancelled else 'failed'}{why}", code="task_cancelled" if cancelled else "task_failed", details=result.raw)


async def _events(requester: Requester, task: str) -> AsyncGenerator[Event, None]:
    ask = Ask("GET", f"{_PATH}/{segment(task)}/events", patience=_PATIENCE)
    source = follow(requester, ask, lambda event: event["type"] in _LAST)
    try:
        async for event in source:
            yield read(Event, event)
    finally:
        await source.aclose()


class Tasks:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    def create(
        self,
        *,
        prompt: str,
        options: Optional[Mapping[str, object]] = None,
        workspace: Optional[str] = None,
        user_id: Optional[str] = None,
        label: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Task:
        """Starts a task; answers before it is done. `options` takes `model`, `max_tokens`, `working_directory` and `timeout_seconds`."""
        return read(Task, run(self._requester.with_options(Options(idempotency_key=idempotency_key)).json(_create(prompt, options, workspace, user_id, label))))

    def get(self, task: str) -> Task:
        return read(Task, run(self._requester.json(_ask("GET", task))))

    def result(self, task: str) -> TaskResult:
        """What came of it; an error with status 409 while it runs."""
        return read(TaskResult, run(self._requester.json(_ask("GET", task, "/result"))))

    def list(
        self,
        *,
        status: Optional[str] = None,
        from_: Optional[str] = None,
        to: Optional[str] = None,
        search: Optional[str] = None,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
    ) -> TaskPage:
        return read(TaskPage, run(self._requester.json(_list(status, from_, to, search, limit, offset))))

    def all(self, *, status: Optional[str] = None, from_: Optional[str] = None, to: Optional[str] = None, search: Optional[str] = None, page_size: int = PAGE_SIZE) -> Iterator[Task]:
        """Every task, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Task], int]:
            page = read(TaskPage, await self._requester.json(_list(status, from_, to, search, limit, offset)))
            return page.tasks, page.total

        return iterate(each_item(ask, lambda item: item.id, page_size))

    def cancel(self, task: str) -> Task:
        return read(Task, run(self._requester.json(_ask("POST", task, "/cancel"))))

    def delete(self, task: str) -> None:
        """Deletes a task with its session; one that runs is cancelled."""
        run(self._requester.json(_ask("DELETE", task)))

    def events(self, task: str) -> Iterator[Event]:
        """What happens in it until it is over; what was missed while the connection was lost comes, too."""
        return iterate(_events(self._requester, task))

    def wait_for_completion(self, task: str, *, timeout: Optional[float] = None, on_status: Optional[OnStatus] = None) -> TaskResult:
        """Waits until the task is over: as long as it takes, unless told; it goes on afterwards. Raises an `OpenClawError` with the code
        `task_failed` or `task_cancelled` where it has no output. `on_status` is told of the task whenever its status has changed."""
        return run(_wait(self._requester, task, timeout, on_status))


class AsyncTasks:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    async def create(
        self,
        *,
        prompt: str,
        options: Optional[Mapping[str, object]] = None,
        workspace: Optional[str] = None,
        user_id: Optional[str] = None,
        label: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Task:
        """Starts a task; answers before it is done. `options` takes `model`, `max_tokens`, `working_directory` and `timeout_seconds`."""
        return read(Task, await self._requester.with_options(Options(idempotency_key=idempotency_key)).json(_create(prompt, options, workspace, user_id, label)))

    async def get(self, task: str) -> Task:
        return read(Task, await self._requester.json(_ask("GET", task)))

    async def result(self, task: str) -> TaskResult:
        """What came of it; an error with status 409 while it runs."""
        return read(TaskResult, await self._requester.json(_ask("GET", task, "/result")))

    async def list(
        self,
        *,
        status: Optional[str] = None,
        from_: Optional[str] = None,
        to: Optional[str] = None,
        search: Optional[str] = None,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
    ) -> TaskPage:
        return read(TaskPage, await self._requester.json(_list(status, from_, to, search, limit, offset)))

    def all(self, *, status: Optional[str] = None, from_: Optional[str] = None, to: Optional[str] = None, search: Optional[str] = None, page_size: int = PAGE_SIZE) -> AsyncIterator[Task]:
        """Every task, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Task], int]:
            page = read(TaskPage, await self._requester.json(_list(status, from_, to, search, limit, offset)))
            return page.tasks, page.total

        return each_item(ask, lambda item: item.id, page_size)

    async def cancel(self, task: str) -> Task:
        return read(Task, await self._requester.json(_ask("POST", task, "/cancel")))

    async def delete(self, task: str) -> None:
        """Deletes a task with its session; one that runs is cancelled."""
        await self._requester.json(_ask("DELETE", task))

    def events(self, task: str) -> AsyncIterator[Event]:
        """What happens in it until it is over; what was missed while the connection was lost comes, too."""
        return _events(self._requester, task)

    async def wait_for_completion(self, task: str, *, timeout: Optional[float] = None, on_status: Optional[OnStatus] = None) -> TaskResult:
        """Waits until the task is over: as long as it takes, unless told; it goes on afterwards. Raises an `OpenClawError` with the code
        `task_failed` or `task_cancelled` where it has no output. `on_status` is told of the task whenever its status has changed."""
        return await _wait(self._requester, task, timeout, on_status)

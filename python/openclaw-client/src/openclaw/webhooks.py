"""Who is told of what happens, and the check that a webhook comes from the gateway."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from typing import AsyncIterator, Iterator, Mapping, Optional, Sequence, Tuple, Union

from ._address import segment
from ._pages import PAGE_SIZE, each_item
from ._reading import given, read
from ._requester import Ask, Options, Requester
from ._wire import iterate, run
from .models import Delivery, DeliveryPage, Webhook, WebhookPage, WebhookTest

Body = Union[str, bytes]

_TOLERANCE_SECONDS = 300
_PATH = "/api/v1/webhooks"


def verify_webhook(raw_body: Body, signature: Optional[str], secret: str) -> bool:
    """Whether the `X-OpenClaw-Signature` is the one of this body: `sha256=<hex>` or `<hex>` alone.

    Give the body as it came, before it was parsed.
    """
    if not signature or not secret:
        return False
    given = signature[len("sha256="):] if signature.startswith("sha256=") else signature
    if re.fullmatch(r"[0-9a-fA-F]{64}", given) is None:
        return False
    expected = hmac.new(secret.encode(), _bytes(raw_body), hashlib.sha256).hexdigest()
    return hmac.compare_digest(given.lower(), expected)


def verify_standard_webhook(
    raw_body: Body,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance_seconds: float = _TOLERANCE_SECONDS,
    now: Optional[float] = None,
) -> bool:
    """Whether a delivery is whole and fresh by Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

    A secret that begins with `whsec_` is base64 behind that; any other is taken as it is.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    identity, timestamp, signatures = (by_name.get(name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature"))
    if not identity or not timestamp or not signatures or not secret:
        return False
    if re.fullmatch(r"[0-9]{1,12}", timestamp) is None or abs((time.time() if now is None else now) - int(timestamp)) > tolerance_seconds:
        return False
    try:
        key = base64.b64decode(secret[len("whsec_"):]) if secret.startswith("whsec_") else secret.encode()
    except binascii.Error:
        return False
    signed = f"{identity}.{timestamp}.".encode() + _bytes(raw_body)
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # While a secret is changed there is a signature for the old and one for the new.
    return any(hmac.compare_digest(one.encode(), expected.encode()) for one in signatures.split(" "))


def _bytes(body: Body) -> bytes:
    return body.encode() if isinstance(body, str) else body


def _list(limit: Optional[int], offset: Optional[int]) -> Ask:
    return Ask("GET", _PATH, query=given(limit=limit, offset=offset))


def _ask(method: str, webhook: str, what: str = "", body: Optional[Mapping[str, object]] = None) -> Ask:
    return Ask(method, f"{_PATH}/{segment(webhook)}{what}", body=body)


def _deliveries(webhook: str, state: Optional[str], limit: Optional[int], offset: Optional[int]) -> Ask:
    return Ask("GET", f"{_PATH}/{segment(webhook)}/deliveries", query=given(state=state, limit=limit, offset=offset))


class Webhooks:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    def create(
        self,
        *,
        url: str,
        events: Sequence[str],
        secret: Optional[str] = None,
        workspace: Optional[str] = None,
        idempotency_key: Optional[str] = None,
        **settings: object,
    ) -> Webhook:
        """Without a secret one is made, which is in this answer and nowhere else. `settings`: `name`, `enabled`, `headers`, `filter`, `transform`,
        `signature`, `ordering`, `retries`, `timeout_ms`, `concurrency`."""
        body = {**given(url=url, events=list(events), secret=secret, workspace=workspace), **settings}
        return read(Webhook, run(self._requester.with_options(Options(idempotency_key=idempotency_key)).json(Ask("POST", _PATH, body=body))))

    def list(self, *, limit: Optional[int] = None, offset: Optional[int] = None) -> WebhookPage:
        return read(WebhookPage, run(self._requester.json(_list(limit, offset))))

    def all(self, *, page_size: int = PAGE_SIZE) -> Iterator[Webhook]:
        """Every webhook, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Webhook], int]:
            page = read(WebhookPage, await self._requester.json(_list(limit, offset)))
            return page.webhooks, page.total

        return iterate(each_item(ask, lambda item: item.id, page_size))

    def get(self, webhook: str) -> Webhook:
        return read(Webhook, run(self._requester.json(_ask("GET", webhook))))

    def update(self, webhook: str, **changes: object) -> Webhook:
        """Changes what is named, such as `url` or `enabled`; None takes a setting away. Switched on again, it goes on with what waited."""
        return read(Webhook, run(self._requester.json(_ask("PATCH", webhook, body=changes))))

    def delete(self, webhook: str) -> bool:
        """With all its deliveries."""
        return bool((run(self._requester.json(_ask("DELETE", webhook))))["deleted"])

    def test(self, webhook: str) -> WebhookTest:
        """Sends a `webhook.test` now, and tells what the endpoint answered."""
        return read(WebhookTest, run(self._requester.json(_ask("POST", webhook, "/test"))))

    def rotate(self, webhook: str, *, secret: Optional[str] = None) -> Webhook:
        """A new secret; for 24 hours deliveries are signed with the old one as well."""
        return read(Webhook, run(self._requester.json(_ask("POST", webhook, "/rotate", given(secret=secret)))))

    def deliveries(self, webhook: str, *, state: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = None) -> DeliveryPage:
        """What it was sent, the newest first, with each try and what it was answered."""
        return read(DeliveryPage, run(self._requester.json(_deliveries(webhook, state, limit, offset))))

    def all_deliveries(self, webhook: str, *, state: Optional[str] = None, page_size: int = PAGE_SIZE) -> Iterator[Delivery]:
        """Every delivery that is kept, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Delivery], int]:
            page = read(DeliveryPage, await self._requester.json(_deliveries(webhook, state, limit, offset)))
            return page.deliveries, page.total

        return iterate(each_item(ask, lambda item: item.id, page_size))

    def redeliver(self, webhook: str, delivery: str) -> Delivery:
        """One delivery again, with the same id."""
        return read(Delivery, run(self._requester.json(_ask("POST", webhook, f"/deliveries/{segment(delivery)}/replay"))))

    def replay(self, webhook: str, *, since: str, delivered: Optional[bool] = None) -> int:
        """Everything since a time that it has not got, up to seven days back; how many deliveries that are."""
        return int((run(self._requester.json(_ask("POST", webhook, "/replay", given(since=since, delivered=delivered)))))["replayed"])


class AsyncWebhooks:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    async def create(
        self,
        *,
        url: str,
        events: Sequence[str],
        secret: Optional[str] = None,
        workspace: Optional[str] = None,
        idempotency_key: Optional[str] = None,
        **settings: object,
    ) -> Webhook:
        """Without a secret one is made, which is in this answer and nowhere else. `settings`: `name`, `enabled`, `headers`, `filter`, `transform`,
        `signature`, `ordering`, `retries`, `timeout_ms`, `concurrency`."""
        body = {**given(url=url, events=list(events), secret=secret, workspace=workspace), **settings}
        return read(Webhook, await self._requester.with_options(Options(idempotency_key=idempotency_key)).json(Ask("POST", _PATH, body=body)))

    async def list(self, *, limit: Optional[int] = None, offset: Optional[int] = None) -> WebhookPage:
        return read(WebhookPage, await self._requester.json(_list(limit, offset)))

    def all(self, *, page_size: int = PAGE_SIZE) -> AsyncIterator[Webhook]:
        """Every webhook, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Webhook], int]:
            page = read(WebhookPage, await self._requester.json(_list(limit, offset)))
            return page.webhooks, page.total

        return each_item(ask, lambda item: item.id, page_size)

    async def get(self, webhook: str) -> Webhook:
        return read(Webhook, await self._requester.json(_ask("GET", webhook)))

    async def update(self, webhook: str, **changes: object) -> Webhook:
        """Changes what is named, such as `url` or `enabled`; None takes a setting away. Switched on again, it goes on with what waited."""
        return read(Webhook, await self._requester.json(_ask("PATCH", webhook, body=changes)))

    async def delete(self, webhook: str) -> bool:
        """With all its deliveries."""
        return bool((await self._requester.json(_ask("DELETE", webhook)))["deleted"])

    async def test(self, webhook: str) -> WebhookTest:
        """Sends a `webhook.test` now, and tells what the endpoint answered."""
        return read(WebhookTest, await self._requester.json(_ask("POST", webhook, "/test")))

    async def rotate(self, webhook: str, *, secret: Optional[str] = None) -> Webhook:
        """A new secret; for 24 hours deliveries are signed with the old one as well."""
        return read(Webhook, await self._requester.json(_ask("POST", webhook, "/rotate", given(secret=secret))))

    async def deliveries(self, webhook: str, *, state: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = None) -> DeliveryPage:
        """What it was sent, the newest first, with each try and what it was answered."""
        return read(DeliveryPage, await self._requester.json(_deliveries(webhook, state, limit, offset)))

    def all_deliveries(self, webhook: str, *, state: Optional[str] = None, page_size: int = PAGE_SIZE) -> AsyncIterator[Delivery]:
        """Every delivery that is kept, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Delivery], int]:
            page = read(DeliveryPage, await self._requester.json(_deliveries(webhook, state, limit, offset)))
            return page.deliveries, page.total

        return each_item(ask, lambda item: item.id, page_size)

    async def redeliver(self, webhook: str, delivery: str) -> Delivery:
        """One delivery again, with the same id."""
        return read(Delivery, await self._requester.json(_ask("POST", webhook, f"/deliveries/{segment(delivery)}/replay")))

    async def replay(self, webhook: str, *, since: str, delivered: Optional[bool] = None) -> int:
        """Everything since a time that it has not got, up to seven days back; how many deliveries that are."""
        return int((await self._requester.json(_ask("POST", webhook, "/replay", given(since=since, delivered=delivered))))["replayed"])

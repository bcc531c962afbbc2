"""Checks that a webhook comes from the gateway."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from typing import Mapping, Optional, Union

Body = Union[str, bytes]

_TOLERANCE_SECONDS = 300


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

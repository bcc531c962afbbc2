from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True)
class Address:
    """Where the gateway is. A path in it stands before every path that is asked for."""

    text: str
    secure: bool
    host: str
    port: int
    path: str


def read_address(base_url: str) -> Address:
    if re.fullmatch(r"https?://[^/@?#\s]+(/[^?#\s]*)?", base_url, re.IGNORECASE) is None:
        raise ValueError("base_url must be where the gateway is, like http://localhost:3000")
    parts = urlsplit(base_url)
    secure = parts.scheme.lower() == "https"
    return Address(base_url.rstrip("/"), secure, parts.hostname or "", parts.port or (443 if secure else 80), parts.path.rstrip("/"))


def segment(name: str) -> str:
    """A name as one piece of a path, so that no name reaches another path."""
    if name in ("", ".", ".."):
        raise ValueError(f'"{name}" is not a name or an id')
    return quote(name, safe="")

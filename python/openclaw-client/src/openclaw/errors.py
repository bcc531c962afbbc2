"""What can go wrong in a call."""

from __future__ import annotations

from typing import Any, Mapping, Optional

#: The HTTP status that each code of the gateway stands for (`docs/errors.md` explains them).
STATUS_OF_CODE: Mapping[str, int] = {
    "invalid_request": 400,
    "model_not_configured": 400,
    "skill_refused": 400,
    "auth_required": 401,
    "auth_invalid": 401,
    "webhook_invalid": 401,
    "forbidden": 403,
    "not_found": 404,
    "session_not_found": 404,
    "turn_not_found": 404,
    "workspace_not_found": 404,
    "credential_not_found": 404,
    "task_not_found": 404,
    "skill_not_found": 404,
    "channel_not_found": 404,
    "pairing_not_found": 404,
    "job_not_found": 404,
    "webhook_not_found": 404,
    "delivery_not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "conflict": 409,
    "idempotency_conflict": 409,
    "turn_cancelled": 409,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "wrong_host": 421,
    "rate_limited": 429,
    "budget_exceeded": 429,
    "internal": 500,
    "turn_quarantined": 500,
    "loop_detected": 500,
    "step_limit": 500,
    "model_failed": 502,
    "skill_source_failed": 502,
    "model_overloaded": 503,
    "gateway_busy": 503,
    "starting": 503,
    "draining": 503,
    "store_unavailable": 503,
    "turn_deadline": 504,
    "timeout": 504,
    "storage_full": 507,
}


class OpenClawError(Exception):
    """Every failure of a call.

    `code` is one of the gateway's, or one of this client's: `connection_failed`, `request_timeout`, `unexpected_answer`,
    `redirected`, `stream_interrupted`, `task_failed`, `task_cancelled`.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
        retry_after: Optional[float] = None,
        details: Optional[Mapping[str, Any]] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        #: The HTTP status; of a failure in mid-stream, the one its code stands for; None where the gateway did not answer.
        self.status = status
        #: Of the answer, by their names in lower case.
        self.headers: Mapping[str, str] = dict(headers or {})
        #: Finds the request in the gateway's log.
        self.request_id: Optional[str] = self.headers.get("x-request-id")
        #: Seconds after which trying again makes sense.
        self.retry_after = retry_after
        #: What can be acted on: the path of a bad field, the id of a turn that goes on.
        self.details: Mapping[str, Any] = dict(details or {})

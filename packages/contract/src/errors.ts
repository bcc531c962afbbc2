/** Every failure a caller can see: its code, and the HTTP status it is answered with. `docs/errors.md` explains each. */
export const ERROR_STATUS = {
  invalid_request: 400,
  model_not_configured: 400,
  skill_refused: 400,
  auth_required: 401,
  auth_invalid: 401,
  webhook_invalid: 401,
  forbidden: 403,
  not_found: 404,
  session_not_found: 404,
  turn_not_found: 404,
  workspace_not_found: 404,
  credential_not_found: 404,
  task_not_found: 404,
  skill_not_found: 404,
  channel_not_found: 404,
  pairing_not_found: 404,
  job_not_found: 404,
  webhook_not_found: 404,
  delivery_not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  idempotency_conflict: 409,
  turn_cancelled: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  wrong_host: 421,
  rate_limited: 429,
  budget_exceeded: 429,
  internal: 500,
  turn_quarantined: 500,
  loop_detected: 500,
  step_limit: 500,
  model_failed: 502,
  skill_source_failed: 502,
  model_overloaded: 503,
  gateway_busy: 503,
  starting: 503,
  draining: 503,
  store_unavailable: 503,
  turn_deadline: 504,
  timeout: 504,
  storage_full: 507,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** How whatever runs a turn can fail on the way. */
export const TURN_FAILURES = [
  'model_not_configured', 'turn_cancelled', 'budget_exceeded', 'turn_quarantined', 'loop_detected', 'step_limit', 'model_failed', 'model_overloaded',
  'gateway_busy', 'turn_deadline', 'timeout', 'session_not_found',
] as const satisfies readonly ErrorCode[];

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_STATUS, code);

export interface ErrorDetails {
  /** Seconds after which trying again makes sense; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** What a caller can act on: the path of a bad field, the id of a turn that goes on, the key of a setting. */
  readonly [key: string]: unknown;
}

/** The one class of failure that crosses floors. Its message is for the caller; the cause is for the log. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** Anything thrown becomes a GatewayError; what nobody foresaw becomes `internal` and says nothing of its inside. */
export const toGatewayError = (thrown: unknown): GatewayError =>
  thrown instanceof GatewayError ? thrown : new GatewayError('internal', 'Internal error', {}, thrown);

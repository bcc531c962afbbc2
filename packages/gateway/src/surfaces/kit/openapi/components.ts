import { ERROR_STATUS, PERMISSIONS } from '@openclaw/contract';
import type { Json } from './json-schema.ts';

/** What every document points at. */

export const FAILURE: Json = {
  type: 'object',
  description: 'The one form of a failure.',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', enum: Object.keys(ERROR_STATUS), description: 'What went wrong, for programs.' },
        message: { type: 'string', description: 'What went wrong, for people.' },
        retry_after: { type: 'number', description: 'Seconds after which trying again makes sense; also in the header `Retry-After`.' },
        details: { type: 'object', description: 'What you can act on, such as the `path` of a field that is wrong.', additionalProperties: true },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};

export const SECURITY: Json = {
  bearerAuth: {
    type: 'http',
    scheme: 'bearer',
    description: `The gateway token, or a key made by it. Each operation names the permission it needs, of: ${PERMISSIONS.map((permission) => `\`${permission}\``).join(', ')}.`,
  },
};

export const PARAMETERS: Json = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'A name you give this request. Sent again within 24 hours it is answered and not done again; another request under the same name is refused with 409.',
    schema: { type: 'string', minLength: 1, maxLength: 256, pattern: '^[!-~]{1,256}$' },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'The `ETag` of an answer you have: where it still holds, the answer is 304 and empty.',
    schema: { type: 'string' },
  },
  LastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    required: false,
    description: 'The last `id:` of a stream that broke off: the answer is the rest of it, and nothing is begun.',
    schema: { type: 'string' },
  },
};

const text = (description: string, example: string): Json => ({ description, schema: { type: 'string', examples: [example] } });
const whole = (description: string): Json => ({ description, schema: { type: 'integer', minimum: 0 } });

export const HEADERS: Json = {
  'X-Request-Id': text('Names this request in the log.', 'req_01JD4Z7K3N'),
  'Retry-After': whole('Seconds after which trying again makes sense.'),
  'WWW-Authenticate': text('How to authenticate.', 'Bearer'),
  'X-RateLimit-Limit': whole('Requests a minute this credential has. This and the following are absent where it has no limit.'),
  'X-RateLimit-Remaining': whole('How many of them are left.'),
  'X-RateLimit-Reset': whole('When the minute is over, in seconds since 1970.'),
  'RateLimit-Policy': text('The same as the IETF writes it.', '"minute";q=100;w=60'),
  RateLimit: text('The same as the IETF writes it.', '"minute";r=99;t=42'),
};

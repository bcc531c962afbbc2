import { getConfig, patchConfig } from '@openclaw/contract';
import { z } from 'zod';
import type { PartDescription } from '../../../kit/openapi/description.ts';

const Config = getConfig.output.shape.config.describe('What the configuration file says: `${NAME}` as it is written there, secrets as `[hidden]`.');
const ConfigChanges = patchConfig.input.shape.patch.describe('A JSON merge patch (RFC 7396): null takes a key away, a list takes the place of a list. A `[hidden]` that is sent back stays the secret it was.');

const ETAG = 'Which state of the configuration this is.';
const example = { model: { provider: 'anthropic', max_context: 8192 }, gateway: { port: 18789, auth: { token: '[hidden]' } } };

export const configDescribed: PartDescription = {
  schemas: { Config, ConfigChanges },
  routes: {
    'GET /api/v1/config': { id: 'getConfig', tag: 'Configuration', reply: Config, replyHeaders: { ETag: ETAG }, examples: { reply: example } },
    'PATCH /api/v1/config': {
      id: 'patchConfig',
      tag: 'Configuration',
      headers: z.object({
        'If-Match': z.string().optional().describe('The `ETag` of the configuration that this changes: where it has changed since, nothing is done and the answer is 409. Without it, or with `*`, any will do.'),
      }),
      body: ConfigChanges,
      reply: Config,
      replyHeaders: {
        ETag: ETAG,
        'X-OpenClaw-Needs-Restart': 'Keys that count only after a restart, where there are any.',
        'X-OpenClaw-Warning': 'What was accepted, and is read by nothing.',
      },
      examples: { body: { model: { provider: 'anthropic', max_context: 8192 } }, reply: example },
    },
  },
};

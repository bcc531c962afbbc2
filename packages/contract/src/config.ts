import { z } from 'zod';
import { operation } from './operation.ts';

const isSection = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the file says: `${NAME}` as it is written, secrets as `[hidden]`. */
const Configuration = z.record(z.string(), z.unknown());
const Version = z.string().max(100);

export const getConfig = operation({
  name: 'config.get',
  permission: 'config:read',
  kind: 'read',
  audited: true,
  summary: 'The configuration as its file says it, without secrets.',
  input: z.strictObject({}),
  output: z.object({ config: Configuration, version: z.string() }),
});

export const patchConfig = operation({
  name: 'config.patch',
  permission: 'config:write',
  kind: 'write',
  summary: 'Changes the configuration by a JSON merge patch (RFC 7396): null takes a key away, a list takes the place of a list.',
  input: z.strictObject({
    /** Read by the handler: copying it here would lose a key called `__proto__`, which is to be refused. */
    patch: z.unknown().refine(isSection, 'an object of keys and values').meta({ type: 'object' }),
    /** Of the configuration that the patch was made for: one that has changed since is a conflict. */
    version: Version.optional(),
  }),
  output: z.object({
    config: Configuration,
    version: z.string(),
    /** The paths whose values are different now. */
    changed: z.array(z.string()),
    /** Keys that differ from what the gateway was started with, and count after a restart. */
    needsRestart: z.array(z.string()),
    /** What was accepted, and is read by nothing. */
    warnings: z.array(z.object({ path: z.string(), message: z.string() })),
  }),
  errors: ['conflict'],
});

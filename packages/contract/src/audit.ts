import { z } from 'zod';
import { operation } from './operation.ts';
import { plainText } from './text.ts';
import { wholeNumber } from './whole-number.ts';

/** Who did what, on what, and how that ended. It holds no message and no secret. */
export const AuditRecord = z.object({
  /** Its place in the log. */
  seq: z.number().int(),
  at: z.iso.datetime(),
  /** The id of the credential; `nobody` where none held. */
  caller: z.string(),
  label: z.string().nullable(),
  operation: z.string(),
  /** `ok`, an error code, or `left` where the caller went away before the end. */
  outcome: z.string(),
  /** `session=agent:main:main turn=turn_…`, `workspace=team`, `config=model.name` */
  resource: z.string().nullable(),
  address: z.string().nullable(),
  /** `http`, `socket`, or `tool` where the agent asked on its caller's behalf. */
  surface: z.string().nullable(),
  requestId: z.string().nullable(),
  /** Of this row and all before it; null in a row that is not in the chain yet. */
  hash: z.string().nullable(),
});
export type AuditRecord = z.infer<typeof AuditRecord>;

const Name = plainText(200).min(1);

export const listAudit = operation({
  name: 'audit.list',
  permission: 'audit:read',
  kind: 'read',
  audited: true,
  summary: 'Who did what, the newest first.',
  input: z.strictObject({
    caller: Name.optional(),
    operation: Name.optional(),
    outcome: Name.optional(),
    from: z.iso.datetime({ offset: true }).optional(),
    /** Up to, and not at, this moment. */
    to: z.iso.datetime({ offset: true }).optional(),
    limit: wholeNumber(1, 1_000).prefault(50),
    /** The `next` of the page before: the log grows while it is read, so pages are counted from a place in it. */
    before: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
  }),
  output: z.object({ entries: z.array(AuditRecord), next: z.number().int().nullable() }),
});

export const Hash = z.string().regex(/^[0-9a-f]{64}$/, 'a hash of 64 hexadecimal digits');

export const verifyAudit = operation({
  name: 'audit.verify',
  permission: 'audit:read',
  kind: 'read',
  audited: true,
  summary: 'Follows the chain of hashes from the first row to the last, and tells where it is broken.',
  input: z.strictObject({
    /** A head that was noted earlier: it must still be in the chain, or the log was cut off behind it. */
    expect: Hash.optional(),
  }),
  output: z.object({
    ok: z.boolean(),
    /** How many rows were found in order. */
    rows: z.number().int(),
    /** The hash of the last row, worth keeping elsewhere. Empty where there is no row. */
    head: z.string(),
    /** The first thing that is wrong. */
    broken: z.object({ seq: z.number().int(), reason: z.string() }).nullable(),
  }),
});
export type AuditVerdict = z.infer<typeof verifyAudit.output>;

import { z } from 'zod';
import { operation } from './operation.ts';
import { Page } from './sessions.ts';
import { plainText } from './text.ts';

const CHANNEL = 'the name of a channel, with its account where it has several: telegram, telegram/work';
const ChannelName = z.string().max(100).regex(/^[a-z0-9][a-z0-9-]*(?:\/[\w.-]+)?$/i, CHANNEL);

export const ChannelStateName = z.enum(['connecting', 'connected', 'disconnected', 'failed']);

export const ChannelSummary = z.object({
  name: z.string(),
  /** Whose wire it speaks. */
  driver: z.string(),
  workspace: z.string(),
  /** `failed`: what its owner must mend. */
  state: ChannelStateName,
  error: z.string().nullable(),
  since: z.iso.datetime(),
  dmPolicy: z.enum(['pairing', 'allowlist', 'open', 'off']),
  groupPolicy: z.enum(['allowlist', 'open', 'off']),
});
export type ChannelSummary = z.infer<typeof ChannelSummary>;

/** What a request may have in files: with base64, which takes a third more, it must be shorter than any request may be (2 MiB). */
export const MOST_IN_FILES = 1_400_000;
const MOST_FILES = 5;
const FILE_NAME = 'the name of a file, without a path';
const BASE64 = 'base64 (RFC 4648, section 4), with its padding';

const bytesIn = (data: string): number => (data.length / 4) * 3 - (data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0);

/** A file to be sent. */
const OutgoingFile = z.strictObject({
  name: plainText(200).min(1).refine((name) => !/[/\\\p{Cc}]/u.test(name), FILE_NAME),
  /** Its media type; else as the end of its name says. */
  type: z.string().max(100).regex(/^[\w.+-]+\/[\w.+-]+$/, 'a media type such as image/png').optional(),
  /** Its content in base64. */
  data: z.string().min(1).refine((data) => data.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(data), BASE64),
});

export const SendStateName = z.enum(['draft', 'queued', 'sending', 'sent', 'failed', 'ambiguous']);

/** Something to be sent through a channel, and what came of it. */
export const Send = z.object({
  id: z.string(),
  channel: z.string(),
  /** The conversation, as the channel names it. */
  to: z.string(),
  thread: z.string().nullable(),
  text: z.string(),
  /** What goes out behind the text; their content is kept until the send is over. */
  files: z.array(z.object({ name: z.string(), type: z.string(), bytes: z.number().int() })),
  /** `ambiguous`: nobody knows whether all of it arrived. `draft`: it is shown while it is made. */
  state: SendStateName,
  attempts: z.number().int(),
  /** Parts of which nobody knows whether they arrived: each may have arrived twice, or not at all. */
  doubts: z.number().int(),
  /** What the channel calls the messages it became. */
  externalIds: z.array(z.string()),
  error: z.string().nullable(),
  turnId: z.string().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Send = z.infer<typeof Send>;

export const ChannelDetails = ChannelSummary.extend({
  /** Answers that wait, or are on their way. */
  waiting: z.number().int(),
  /** Why messages of the last day were not let in. */
  refused: z.array(z.object({ reason: z.string(), count: z.number().int(), lastAt: z.iso.datetime() })),
  /** People who wait to be let in. */
  pairings: z.number().int(),
});
export type ChannelDetails = z.infer<typeof ChannelDetails>;

/** Somebody unknown who may be let in. */
export const PairingRequest = z.object({
  code: z.string(),
  channel: z.string(),
  /** The stable id, as an allowlist has it. */
  sender: z.string(),
  /** What they call themselves: anybody can be called so. */
  name: z.string().nullable(),
  workspace: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type PairingRequest = z.infer<typeof PairingRequest>;

const PairingCode = z.string().trim().toUpperCase().regex(/^[A-Z0-9]{8}$/, 'the code of eight characters that the channel gave');

export const listChannels = operation({
  name: 'channels.list',
  permission: 'channels:read',
  kind: 'read',
  summary: 'The channels of the configuration, and how each is.',
  input: z.strictObject({}),
  output: z.object({ channels: z.array(ChannelSummary) }),
});

export const channelStatus = operation({
  name: 'channels.status',
  permission: 'channels:read',
  kind: 'read',
  summary: 'One channel: how it is, what waits, and what was not let in.',
  input: z.strictObject({ channel: ChannelName }),
  output: ChannelDetails,
  errors: ['channel_not_found'],
});

const Recipient = { channel: ChannelName, to: plainText(500).min(1), thread: plainText(500).min(1).optional() };
/** How long the caller waits for what comes of it; it is sent all the same. */
const Patience = z.number().min(0).max(60).default(10);

export const sendToChannel = operation({
  name: 'channels.send',
  permission: 'channels:write',
  kind: 'write',
  summary: 'Sends a message through a channel, past the agent: words, files, or both.',
  input: z
    .strictObject({ ...Recipient, text: plainText(100_000).default(''), files: z.array(OutgoingFile).max(MOST_FILES).default([]), timeoutSeconds: Patience })
    .refine(({ text, files }) => text.trim() !== '' || files.length > 0, { path: ['text'], message: 'must say something, or come with files' })
    .refine(({ files }) => files.reduce((sum, { data }) => sum + bytesIn(data), 0) <= MOST_IN_FILES, {
      path: ['files'], message: `together at most ${MOST_IN_FILES} bytes: a request may have 2 MiB, and base64 takes a third more`,
    }),
  output: Send,
  errors: ['channel_not_found'],
});

export const testChannel = operation({
  name: 'channels.test',
  permission: 'channels:write',
  kind: 'write',
  summary: 'Sends a short message that says that it is a test.',
  input: z.strictObject({ ...Recipient, timeoutSeconds: Patience }),
  output: Send,
  errors: ['channel_not_found'],
});

export const listSends = operation({
  name: 'channels.sends',
  permission: 'channels:read',
  kind: 'read',
  summary: 'What was sent through channels and what came of it, the newest first.',
  input: z.strictObject({ ...Page.shape, channel: ChannelName.optional(), states: z.array(SendStateName).optional(), /** Only those that may have arrived twice or not at all. */ ambiguous: z.boolean().default(false) }),
  output: z.object({ sends: z.array(Send), total: z.number().int(), limit: z.number().int(), offset: z.number().int() }),
});

export const listPairings = operation({
  name: 'channels.pairings',
  permission: 'channels:read',
  kind: 'read',
  summary: 'Who wrote by a channel, is not known, and waits to be let in.',
  input: z.strictObject({}),
  output: z.object({ pairings: z.array(PairingRequest) }),
});

export const approvePairing = operation({
  name: 'channels.approve',
  permission: 'channels:write',
  kind: 'write',
  summary: 'Lets somebody in who has shown a pairing code: from now on they are on the allowlist of the workspace.',
  input: z.strictObject({ code: PairingCode }),
  output: PairingRequest,
  errors: ['pairing_not_found'],
});

export const denyPairing = operation({
  name: 'channels.deny',
  permission: 'channels:write',
  kind: 'write',
  summary: 'Ends a pairing without letting anybody in.',
  input: z.strictObject({ code: PairingCode }),
  output: PairingRequest,
  errors: ['pairing_not_found'],
});

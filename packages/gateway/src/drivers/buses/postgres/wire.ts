import { TurnEnd } from '@openclaw/contract';
import { z } from 'zod';
import type { LiveEvent, Signal } from '../../../engine/ports/event-bus.ts';

/** Postgres refuses a notification of 8,000 bytes; the rest is room for the envelope. */
const MOST_BYTES = 7_400;
/** As many characters as surely fit, were each to need six bytes (`\u0000`). */
const SURELY_FITS = 1_000;

const place = { step: z.number(), message: z.string() };
const call = { ...place, index: z.number(), of: z.number(), id: z.string(), tool: z.string() };

const WireEvent: z.ZodType<LiveEvent> = z.union([
  z.object({ type: z.literal('text'), ...place, offset: z.number(), delta: z.string(), again: z.literal(true).exactOptional() }),
  z.object({ type: z.literal('tool_call'), ...call, input: z.unknown(), after: z.number() }),
  z.object({ type: z.literal('tool_result'), ...call, output: z.string(), isError: z.boolean() }),
  z.object({ type: z.literal('retry'), ...place, reason: z.string() }),
  z.object({ type: z.enum(['started', 'missed', 'ended']) }),
  z.object({ type: z.literal('compacted'), messages: z.number() }),
  TurnEnd,
]);

const WireSignal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('turn'), turnId: z.string(), session: z.object({ id: z.string(), key: z.string(), workspace: z.string() }), event: WireEvent }),
  z.object({ kind: z.enum(['cancel', 'catch_up']), turnId: z.string() }),
  z.object({ kind: z.enum(['wake', 'access']) }),
  z.object({ kind: z.literal('webhooks'), ids: z.array(z.string()).exactOptional() }),
  z.object({ kind: z.literal('guess'), address: z.string() }),
]);

const Frame = z.object({ from: z.string(), signals: z.array(z.unknown()) });

/** Packs signals into as few notifications as hold them, in order. `from` names the publisher; the numbers keep equal frames apart. */
export const encodeFrames = (from: string, signals: readonly Signal[], nextNumber: () => number): string[] => {
  const frames: string[] = [];
  let parts: string[] = [];
  let bytes = 0;
  const close = (): void => {
    if (parts.length > 0) frames.push(`{"from":${JSON.stringify(from)},"n":${nextNumber()},"signals":[${parts.join(',')}]}`);
    parts = [];
    bytes = 0;
  };
  for (const part of signals.flatMap(toParts)) {
    const size = Buffer.byteLength(part) + 1;
    if (bytes + size > MOST_BYTES) close();
    parts.push(part);
    bytes += size;
  }
  close();
  return frames;
};

/** Reads a notification; what this version does not know, it leaves out. */
export const decodeFrame = (payload: string): { readonly from: string; readonly signals: readonly Signal[] } | undefined => {
  const frame = Frame.safeParse(parseJson(payload));
  if (!frame.success) return undefined;
  const signals = frame.data.signals.map((one) => WireSignal.safeParse(one)).flatMap((parsed) => (parsed.success ? [parsed.data] : []));
  return { from: frame.data.from, signals };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const toParts = (signal: Signal): string[] => {
  const whole = JSON.stringify(signal);
  if (Buffer.byteLength(whole) <= MOST_BYTES) return [whole];
  if (signal.kind !== 'turn') return [];
  return shorten(signal.event)
    .map((event) => JSON.stringify({ ...signal, event }))
    .filter((part) => Buffer.byteLength(part) <= MOST_BYTES);
};

/** What fits of an event too large for one notification. The store has the whole; whoever follows the turn reads it there. */
const shorten = (event: LiveEvent): LiveEvent[] => {
  switch (event.type) {
    case 'text':
      return inPieces(event);
    case 'retry':
      return [{ ...event, reason: beginning(event.reason) }];
    case 'failed':
      return [{ ...event, message: beginning(event.message) }];
    case 'done':
      return [{ type: 'ended' }];
    case 'tool_call':
    case 'tool_result':
    case 'compacted':
    case 'started':
    case 'ended':
    case 'missed':
      return [{ type: 'missed' }];
  }
};

const inPieces = (event: Extract<LiveEvent, { type: 'text' }>): LiveEvent[] => {
  let { offset } = event;
  return pieces(event.delta).map((delta) => {
    const piece = { ...event, offset, delta };
    offset += delta.length;
    return piece;
  });
};

const beginning = (text: string): string => pieces(text)[0] ?? '';

/** Cuts text into short pieces, never through a character of two halves. */
const pieces = (text: string): string[] => {
  const all: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + SURELY_FITS, text.length);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--;
    all.push(text.slice(at, end));
    at = end;
  }
  return all;
};

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

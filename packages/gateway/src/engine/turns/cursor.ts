import { GatewayError } from '@openclaw/contract';

/** How much of a turn's stream was seen: of this model step this message, so many characters, calls and results. */
export interface Position {
  readonly step: number;
  /** Empty while nothing of the step was seen. */
  readonly message: string;
  readonly characters: number;
  readonly calls: number;
  /** One bit a call whose result was seen. */
  readonly results: bigint;
}

export const BEGINNING: Position = { step: 0, message: '', characters: 0, calls: 0, results: 0n };

/** A position as clients keep it: with its turn, so that it says all that is needed to go on. */
export const formatCursor = (turnId: string, { step, message, characters, calls, results }: Position): string =>
  `${turnId}:${step}.${message}.${characters}.${calls}.${results.toString(16)}`;

const CURSOR = /^(turn_\w{1,90}):(\d{1,6})\.(\w{0,90})\.(\d{1,10})\.(\d{1,6})\.([0-9a-f]{1,64})$/;

export const parseCursor = (text: string): { readonly turnId: string; readonly position: Position } => {
  const [, turnId, step, message, characters, calls, results] = CURSOR.exec(text) ?? [];
  if (turnId === undefined || message === undefined) {
    throw new GatewayError('invalid_request', 'after: not a place on a turn\'s stream; send the cursor (or the event id) of the last event you saw', { path: 'after' });
  }
  return { turnId, position: { step: Number(step), message, characters: Number(characters), calls: Number(calls), results: BigInt(`0x${results}`) } };
};

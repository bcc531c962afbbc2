import type { Reply } from '@openclaw/contract';
import type { TurnEnding } from '../../../engine/ports/turn-records.ts';

/** The end of a turn as it travels to the database: a reply that repeats its message, as replies do, goes without its text. */
export type BriefEnding = Omit<TurnEnding, 'reply'> & { readonly reply: (Omit<Reply, 'text'> & { readonly text: string | null }) | undefined };

export const inBrief = (end: TurnEnding): BriefEnding => {
  const { reply, message } = end;
  return reply && reply.text === message?.text ? { ...end, reply: { ...reply, text: null } } : end;
};

// The text keeps its place among the keys: what is read back is what was told, to the letter.
export const inFull = ({ reply, ...end }: BriefEnding): TurnEnding => ({ ...end, reply: reply && { ...reply, text: reply.text ?? end.message?.text ?? '' } });

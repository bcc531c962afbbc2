import type { Delivery, Head } from '../delivery.ts';

/** What became of the proof that came with a delivery. Only `wrong` and `late` were compared with a secret. */
export type Verdict = 'good' | 'missing' | 'wrong' | 'late';

interface Common {
  /** What it wants, for who sends without it. */
  readonly wants: string;
  /** Headers that hold the proof: no template sees them. */
  readonly headers: readonly string[];
  /** The field of the body that does. */
  readonly field?: string;
  /** What names this delivery and no other, whenever it comes again; undefined where nothing does. */
  readonly idOf: (delivery: Delivery) => unknown;
  /** A sender that wants to know whether somebody is there: what it is answered, and nobody else hears of it. */
  readonly greet?: (delivery: Delivery) => object | undefined;
}

/** The secret itself stands in the head: from who does not have it, no body is read. */
export interface HeadScheme extends Common {
  readonly looksAt: 'head';
  readonly judge: (head: Head, secrets: readonly string[]) => Verdict;
}

/** What proves is made of the body, or stands in it. */
export interface BodyScheme extends Common {
  readonly looksAt: 'body';
  /** Whether the head holds what the proof needs: where it does not, no body need be read. */
  readonly isShown: (head: Head) => boolean;
  readonly judge: (delivery: Delivery, secrets: readonly string[], now: number) => Verdict;
}

/** One way in which those who send show that it is them. */
export type Scheme = HeadScheme | BodyScheme;

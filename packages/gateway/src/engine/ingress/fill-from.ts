import { type FilledTemplate, fillTemplate, valueAt } from '../../kernel/fill-template.ts';
import type { SentHeaders } from './sent-headers.ts';

/** What a template may ask of a request. */
export interface Sent {
  readonly path: string;
  readonly headers: SentHeaders;
  readonly query: Readonly<Record<string, unknown>>;
  /** Headers that hold the proof of the sender. */
  readonly hidden: readonly string[];
  readonly now: number;
}

/** Where else a template finds something: by the first step of its path. */
export type Roots = Readonly<Record<string, (path: readonly string[]) => unknown>>;

/** Names of headers and of parts of an address that may hold a secret: no template sees what they hold. */
const SECRETIVE = /authorization|cookie|secret|token|signature|password|credential|api-?key|^key$/i;

const LIMITS = { longestValue: 20_000, longest: 200_000 };

/** The roots every template has. */
export const rootsOf = ({ path, headers, query, hidden, now }: Sent): Roots => ({
  headers: ([name, ...more]) =>
    name === undefined || more.length > 0 || SECRETIVE.test(name) || hidden.includes(name.toLowerCase()) ? undefined : headers.one(name),
  query: ([name, ...more]) => (name === undefined || SECRETIVE.test(name) ? undefined : valueAt(query, [name, ...more])),
  path: (more) => (more.length > 0 ? undefined : path),
  now: (more) => (more.length > 0 ? undefined : new Date(now).toISOString()),
});

/** `otherwise` finds what no root is named for. */
export const fillFrom = (template: string, roots: Roots, otherwise: (path: readonly string[]) => unknown = () => undefined): FilledTemplate =>
  fillTemplate(template, ([root = '', ...path]) => (Object.hasOwn(roots, root) ? roots[root]?.(path) : otherwise([root, ...path])), LIMITS);

/** What was put in, as part of a name: nothing that would make it another session's key. */
export const asName = ({ text, parts }: FilledTemplate): string => {
  let name = '';
  let done = 0;
  for (const [from, to] of parts) {
    name += text.slice(done, from) + text.slice(from, to).normalize('NFC').replace(/[\s:/\p{Cc}]+/gu, '-').replace(/^[-@]+|-+$/gu, '');
    done = to;
  }
  return [...name, ...text.slice(done)].slice(0, LONGEST_NAME).join('');
};

/** In characters. */
const LONGEST_NAME = 80;

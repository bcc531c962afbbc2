import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const SNIPPETS = join(import.meta.dirname, 'snippets');

/**
 * The text of a snippet as a document prints it, from its copy in `snippets/` (the first line there says from where).
 * `places` are put instead of the host names, ports, secrets and file names of the document; each must stand in it.
 */
export const printed = (name: string, places: Readonly<Record<string, string>> = {}): string => {
  const text = readFileSync(join(SNIPPETS, name), 'utf8').split('\n').slice(1).join('\n');
  return Object.entries(places).reduce((adapted, [from, to]) => {
    if (!adapted.includes(from)) throw new Error(`${name} does not hold ${from}`);
    return adapted.replaceAll(from, to);
  }, text);
};

/** A JSON example of a document. */
export const printedJson = (name: string): Readonly<Record<string, unknown>> =>
  // What the documents print as JSON are objects.
  JSON.parse(printed(name)) as Readonly<Record<string, unknown>>;

export interface PrintedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

/** The requests of a block that prints them as HTTP (`GET /path`, headers, a JSON body) or as Markdown (`**GET** \`/path\``, a JSON block). */
export const printedRequests = (name: string, places: Readonly<Record<string, string>> = {}): readonly PrintedRequest[] =>
  printed(name, places)
    .split(/^(?=(?:\*\*)?(?:GET|POST|PATCH|DELETE)\b)/m)
    .flatMap((block) => {
      const [, method, path] = /^(?:\*\*)?(GET|POST|PATCH|DELETE)(?:\*\*)? `?([^\s`]+)`?/.exec(block) ?? [];
      if (method === undefined || path === undefined) return [];
      return [{ method, path, body: /^\{[^]*^\}/m.exec(block)?.[0] }];
    });

/** The one request of a block. */
export const printedRequest = (name: string, places: Readonly<Record<string, string>> = {}): PrintedRequest => {
  const [request, ...more] = printedRequests(name, places);
  if (!request || more.length > 0) throw new Error(`${name} prints not one request`);
  return request;
};

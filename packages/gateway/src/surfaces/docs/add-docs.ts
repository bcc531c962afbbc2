import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { Authenticator } from '../../engine/access/index.ts';
import type { Dialect } from '../kit/dialect.ts';
import { bearerOf } from '../kit/wire/bearer.ts';

interface Deps {
  readonly dialects: readonly Dialect[];
  readonly authenticator: Authenticator;
  readonly version: string;
}

/** The page: the same bytes for everybody, with nothing of this gateway in them. */
const PAGE = {
  '/docs': ['index.html', 'text/html'],
  '/docs/docs.css': ['docs.css', 'text/css'],
  ...Object.fromEntries(['docs', 'dom', 'operation', 'schema', 'try-it'].map((name) => [`/docs/${name}.js`, [`${name}.js`, 'text/javascript'] as const])),
} as const;

/** The other files lie beside it. Written out, so that a build finds it. */
const INDEX = new URL('./page/index.html', import.meta.url);

/** Its own files and this gateway, and nothing else; and no text of a document can become markup. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/** `/openapi.json`, `/openapi/<dialect>.json`, and the page that shows them. Nothing is made or read before it is asked for. */
export const addDocs = (app: FastifyInstance, { dialects, authenticator, version }: Deps): void => {
  for (const [url, [file, type]] of Object.entries(PAGE)) {
    let read: Promise<Buffer> | undefined;
    app.get(url, async (_, reply) => {
      const bytes = await (read ??= readFile(new URL(file, INDEX)));
      return reply.type(`${type}; charset=utf-8`).header('content-security-policy', POLICY).send(bytes);
    });
  }
  let made: Promise<ReadonlyMap<string, DocumentText>> | undefined;
  for (const url of documentUrls(dialects)) {
    app.get(url, async (request, reply) => {
      // They tell what can be asked: whoever may ask anything may read them.
      await authenticator.authenticate(bearerOf(request.raw), request.address);
      const found = (await (made ??= makeTexts(dialects, version))).get(url);
      if (!found) throw new Error(`nothing was made for ${url}`);
      void reply.headers({ etag: found.tag, 'cache-control': 'private, no-cache' });
      if (request.headers['if-none-match'] === found.tag) return reply.code(304).send();
      return reply.type('application/json; charset=utf-8').send(found.text);
    });
  }
};

interface DocumentText {
  readonly text: string;
  readonly tag: string;
}

const TOGETHER = '/openapi.json';
const urlOf = (dialect: string): string => `/openapi/${dialect}.json`;

const documentUrls = (dialects: readonly Dialect[]): readonly string[] => [TOGETHER, ...dialects.filter(({ routes }) => routes.length > 0).map(({ name }) => urlOf(name))];

const makeTexts = async (dialects: readonly Dialect[], version: string): Promise<ReadonlyMap<string, DocumentText>> => {
  const { openApiDocuments } = await import('../kit/openapi/document.ts');
  const { together, byDialect } = await openApiDocuments(dialects, { version });
  const written = (document: object): DocumentText => {
    const text = JSON.stringify(document);
    return { text, tag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
  };
  return new Map([[TOGETHER, written(together)], ...[...byDialect].map(([name, document]) => [urlOf(name), written(document)] as const)]);
};

import type { z } from 'zod';

/** What an object of the wire looks like. */
type Fields = z.ZodObject;

/** One route's wire, as a reader of the documentation sees it. What the operation says already is not repeated here. */
export interface RouteDescription {
  /** Its name among the operations of the dialect (`sendMessage`); programs that make clients call the method so. */
  readonly id: string;
  /** The heading it stands under. */
  readonly tag: string;
  /** Instead of the operation's summary. */
  readonly summary?: string;
  readonly description?: string;
  /** One field for each `:name` of the path. */
  readonly params?: Fields;
  readonly query?: Fields;
  /** Headers it reads besides those that every route reads. */
  readonly headers?: Fields;
  readonly body?: z.ZodType;
  readonly reply: z.ZodType;
  /** Headers of the answer besides those of every answer, each with what it says. A GET with an `ETag` reads `If-None-Match`. */
  readonly replyHeaders?: Readonly<Record<string, string>>;
  /** One `data:` line, where it streams. */
  readonly event?: z.ZodType;
  /** It goes on until the caller leaves. */
  readonly endless?: true;
  readonly examples?: {
    readonly body?: object;
    readonly reply?: object;
    /** The lines of a stream. */
    readonly events?: readonly object[];
  };
}

/** What is said of some of a dialect's routes, where all of them together are too much for one file. */
export type PartDescription = Pick<DialectDescription, 'schemas' | 'routes'>;

/** What a dialect says of its wire. Loaded when a document is asked for, and not before. */
export interface DialectDescription {
  readonly title: string;
  readonly about: string;
  /** Each heading, with a sentence. */
  readonly tags: Readonly<Record<string, string>>;
  /** Schemas that get a name of their own. Those the contract exports have one already. */
  readonly schemas: Readonly<Record<string, z.ZodType>>;
  /** By method and path as the route has them: `GET /api/sessions/:key`. */
  readonly routes: Readonly<Record<string, RouteDescription>>;
}

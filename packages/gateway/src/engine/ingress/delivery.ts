import { type Content, readContent } from './read-content.ts';
import type { SentHeaders } from './sent-headers.ts';

/** The head of a request from outside: what is there before its body is read. */
export interface Head {
  readonly path: string;
  readonly headers: SentHeaders;
  readonly query: Readonly<Record<string, unknown>>;
  readonly address: string;
  readonly requestId: string;
}

/** A request from outside as it came, to the byte: signatures are made of bytes. */
export class Delivery {
  readonly head: Head;
  readonly body: Buffer;
  #content: Content | undefined;

  constructor(head: Head, body: Buffer) {
    this.head = head;
    this.body = body;
  }

  /** What the body says. Throws where it cannot be read. */
  get content(): Content {
    return (this.#content ??= readContent(this.head.headers.one('content-type'), this.body));
  }
}

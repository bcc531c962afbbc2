/** Sends deliveries as strangers do: from any address of this machine, with any bytes. */
import { type Agent, request } from 'node:http';

export interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

export interface DeliveryOptions {
  readonly path: string;
  readonly body: string | Buffer;
  /** A list is a header that stands twice. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly localAddress?: string;
  readonly agent?: Agent;
}

/** Rejects where the connection broke. */
export const deliver = (url: string, { path, body, headers = {}, localAddress, agent }: DeliveryOptions): Promise<Sent> =>
  new Promise((resolve, reject) => {
    const bytes = Buffer.from(body);
    const sent = request(
      `${url}${path}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': bytes.length, ...(headers as Readonly<Record<string, string | string[]>>) }, // Node writes a list as it is.
        ...(localAddress !== undefined && { localAddress }),
        ...(agent && { agent }),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', reject).on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      },
    );
    sent.on('error', reject).end(bytes);
  });

/** Addresses of this machine, one after the other: each has a minute of its own for its guesses. */
export const addresses = (): (() => string) => {
  let next = 0;
  return () => {
    const n = next++;
    return `127.${1 + ((n >> 16) % 200)}.${(n >> 8) % 256}.${1 + (n % 250)}`;
  };
};

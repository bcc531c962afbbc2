import { GatewayError } from '@openclaw/contract/errors';
import type { HttpClient, HttpResponse } from '../../../engine/ports/http-client.ts';
import { refused } from '../kit/refused.ts';
import { allowed } from './tarball-address.ts';

const MOST_REDIRECTS = 5;
const IDLE_MS = 20_000;

interface Download {
  readonly http: Pick<HttpClient, 'request'>;
  readonly base: URL;
  readonly url: URL;
  readonly accept: string;
  readonly limit: number;
  readonly signal: AbortSignal;
  /** What is not there when the answer is 404. */
  readonly missing: string;
}

/** The whole of what an address holds. Each step of a redirect must lead to a place that may be asked. */
export const download = async ({ url, missing, limit, ...options }: Download): Promise<Uint8Array> => {
  let place = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await ask(place, options);
    const { status, headers } = response;
    if (status === 200) return readAll(response, limit, place);
    await drop(response);
    if (status === 404) throw new GatewayError('skill_not_found', `The registry has not ${missing}`);
    const next = [301, 302, 303, 307, 308].includes(status) ? URL.parse(headers['location'] ?? '', place.href) : null;
    if (next === null) throw new GatewayError('skill_source_failed', `The registry (${place.host}) answered ${status}`, { status });
    place = allowed(next, options.base);
  }
  throw new GatewayError('skill_source_failed', `The registry redirects without end (${url.host})`);
};

const ask = async (place: URL, { http, accept, signal }: Pick<Download, 'http' | 'accept' | 'signal'>): Promise<HttpResponse> => {
  try {
    return await http.request(place.href, { method: 'GET', headers: { accept, 'accept-encoding': 'identity' }, signal, idleTimeoutMs: IDLE_MS });
  } catch (thrown) {
    throw unreachable(place, thrown);
  }
};

const readAll = async ({ body }: HttpResponse, limit: number, place: URL): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > limit) throw refused(`the registry sends more than ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (thrown) {
    throw thrown instanceof GatewayError ? thrown : unreachable(place, thrown);
  }
  return Buffer.concat(chunks);
};

/** The connection is closed without reading what else comes. */
const drop = async ({ body }: HttpResponse): Promise<void> => {
  for await (const _ of body) break;
};

const unreachable = (place: URL, cause: unknown): GatewayError =>
  new GatewayError('skill_source_failed', `The registry (${place.host}) could not be asked`, { registry: place.host }, cause);

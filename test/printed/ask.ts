import { request } from 'node:http';
import { expect } from 'vitest';
import type { TestGateway } from '../support/gateway.ts';
import type { PrintedRequest } from './printed.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Sends a printed request with the gateway's token. By node:http, because one document sends its filters as the body of a GET and `fetch` does not. */
export const ask = ({ url, token }: Pick<TestGateway, 'url' | 'token'>, { method, path, body }: PrintedRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url + path, { method, headers: { authorization: `Bearer ${token}`, ...type } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => {
        const isJson = response.headers['content-type']?.includes('json') ?? false;
        // Every JSON answer is an object.
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: isJson ? (JSON.parse(text) as Answer['json']) : {} });
      });
    });
    sent.on('error', reject).end(body);
  });

/** What matches JSON with the same keys and the same kinds of values as a printed example; other keys may stand beside them. */
export const like = (example: Readonly<Record<string, unknown>>): object =>
  expect.objectContaining(Object.fromEntries(Object.entries(example).map(([key, value]) => [key, kindOf(value)])));

const kindOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return expect.any(Array);
  if (typeof value === 'string') return expect.any(String);
  if (typeof value === 'number') return expect.any(Number);
  if (typeof value === 'boolean') return expect.any(Boolean);
  return expect.any(Object);
};

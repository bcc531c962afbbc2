import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCallIds } from './call-ids.ts';
import { failureOfError, failureOfStatus } from './failure.ts';
import { createSseDecoder, type SseEvent } from './sse-decoder.ts';
import { parseToolInput } from './tool-input.ts';

const decode = (bytes: Uint8Array, cuts: readonly number[] = []): readonly SseEvent[] => {
  const decoder = createSseDecoder();
  const at = [0, ...[...cuts].map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return [...at.slice(1).flatMap((end, index) => decoder.push(bytes.subarray(at[index], end))), ...decoder.end()];
};

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the decoder of event streams', () => {
  test.each<[string, string, readonly SseEvent[]]>([
    ['one event', 'data: a\n\n', [{ data: 'a' }]],
    ['named', 'event: x\ndata: a\n\n', [{ event: 'x', data: 'a' }]],
    ['many lines', 'data: a\ndata\ndata:b\n\n', [{ data: 'a\n\nb' }]],
    ['only one space is dropped', 'data:  a\n\n', [{ data: ' a' }]],
    ['comments and unknown fields', ': hello\nid: 1\nretry: 5\ndata: a\n\n', [{ data: 'a' }]],
    ['a name without data', 'event: x\n\ndata: a\n\n', [{ data: 'a' }]],
    ['a byte order mark', '\uFEFFdata: a\n\n', [{ data: 'a' }]],
    ['no blank line at the end', 'data: a\n\ndata: b', [{ data: 'a' }, { data: 'b' }]],
    ['mixed line ends', 'data: a\r\rdata: b\r\n\r\ndata: c\n\r\n', [{ data: 'a' }, { data: 'b' }, { data: 'c' }]],
    ['nothing', '', []],
  ])('%s', (_name, text, events) => {
    expect(decode(encoded(text))).toEqual(events);
  });

  test('cuts anywhere change nothing', () => {
    const text = fc.array(fc.constantFrom('data: ä👋', 'data:', 'event: e', ': c', '', 'data: {"a":1}'), { maxLength: 12 });
    const ending = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(text, ending, fc.array(fc.nat(), { maxLength: 8 }), (lines, end, cuts) => {
        const bytes = encoded(lines.map((line) => line + end).join(''));
        const plain = encoded(lines.map((line) => `${line}\n`).join(''));
        expect(decode(bytes, cuts)).toEqual(decode(plain));
      }),
    );
  });
});

test.each([
  ['{"a":1}', { a: 1 }],
  ['', {}],
  [' ', {}],
  ['null', {}],
  [undefined, {}],
  [{ a: 1 }, { a: 1 }],
  ['"{\\"a\\":1}"', { a: 1 }],
  ['{"a":', { _invalid_arguments: '{"a":' }],
  ['[1]', { _invalid_arguments: '[1]' }],
  [7, { _invalid_arguments: '7' }],
])('arguments %j', (written, input) => {
  expect(parseToolInput(written)).toEqual(input);
});

describe('ids of calls', () => {
  test('are the provider\'s, unless it repeats itself', () => {
    const ids = createCallIds([{ role: 'assistant', text: '', toolCalls: [{ id: 'old', tool: 't', input: {} }] }]);
    expect(ids('a', 0)).toBe('a');
    const others = [ids('a', 1), ids('old', 2), ids('', 3), ids(undefined, 3)];
    expect(new Set(['a', 'old', ...others]).size).toBe(6);
  });
});

describe('failures', () => {
  test.each<[string, number, unknown, string]>([
    ['OpenAI without money', 429, { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' } }, 'auth'],
    ['OpenAI, too long', 400, { error: { message: 'This model\'s maximum context length is 128000 tokens.', code: 'context_length_exceeded' } }, 'context_too_long'],
    ['Anthropic, too long', 400, { type: 'error', error: { type: 'invalid_request_error', message: 'prompt is too long: 201000 tokens > 200000 maximum' } }, 'context_too_long'],
    ['Anthropic, too big', 413, { type: 'error', error: { type: 'request_too_large', message: 'Request exceeds the maximum size' } }, 'context_too_long'],
    ['Anthropic without money', 400, { type: 'error', error: { type: 'invalid_request_error', message: 'Your credit balance is too low' } }, 'auth'],
    ['Gemini, bad key', 400, { error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID' }] } }, 'auth'],
    ['Gemini, too long', 400, { error: { code: 400, message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).' } }, 'context_too_long'],
    ['llama.cpp, too long', 400, { error: { code: 400, message: 'the request exceeds the available context size', type: 'exceed_context_size_error' } }, 'context_too_long'],
    ['max_tokens too high', 400, { error: { message: 'max_tokens is too large: 99999. This model supports at most 16384 completion tokens', code: 'invalid_value' } }, 'invalid_request'],
    ['Ollama', 404, { error: { message: 'model "x" not found, try pulling it first', type: 'api_error' } }, 'not_found'],
    ['FastAPI', 422, { detail: [{ msg: 'field required' }] }, 'invalid_request'],
    ['words only', 500, 'oops', 'overloaded'],
  ])('%s', (_name, status, body, kind) => {
    expect(failureOfStatus(status, {}, typeof body === 'string' ? body : JSON.stringify(body))).toMatchObject({ kind, message: expect.stringContaining(`HTTP ${status}`) });
  });

  test.each<[unknown, string, string]>([
    [{ type: 'error', error: { type: 'rate_limit_error', message: 'slow' } }, 'rate_limited', 'slow'],
    [{ error: 'it broke' }, 'protocol', 'it broke'],
    [{ object: 'error', message: 'bad', code: 400 }, 'invalid_request', 'bad'],
    [{ error: { message: 'gone', code: 502 } }, 'overloaded', 'gone'],
    [undefined, 'protocol', 'The provider reported an error without words.'],
  ])('in a stream: %j', (value, kind, message) => {
    expect(failureOfError(value)).toEqual({ type: 'failed', kind, message });
  });

  test('retry-after in every form', () => {
    const after = (headers: Record<string, string>) => failureOfStatus(429, headers, '').retryAfterMs;
    expect(after({ 'retry-after': '3' })).toBe(3000);
    expect(after({ 'retry-after-ms': '250', 'retry-after': '1' })).toBe(250);
    expect(after({ 'retry-after': new Date(Date.now() + 5000).toUTCString() })).toBeGreaterThan(3000);
    expect(after({ 'retry-after': 'soon' })).toBeUndefined();
    expect(after({})).toBeUndefined();
  });
});

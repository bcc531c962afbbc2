/**
 * A local server that speaks the wires of Anthropic, OpenAI and Gemini, for tests and benches.
 *
 *   await using server = await startModelServer({ script: ({ attempt }) => (attempt === 1 ? { status: 529 } : { text: 'Hello' }) });
 *   createModels({ providers: { anthropic: { api: 'anthropic', baseUrl: server.url, apiKeys: ['key'] } }, … });
 *   expect(server.requests).toHaveLength(2);
 *
 * Without a script every request is answered at once. As a process of its own:
 *
 *   node test/support/model-server.ts --port 0 --chunks 5 [--delay 10]    prints {"port":…,"url":…}
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

type Wire = 'anthropic' | 'openai' | 'google';

export type ModelScript = (request: ScriptedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;

/** A request as every wire means it. */
interface ScriptedRequest {
  readonly wire: Wire;
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ScriptedMessage[];
  /** The names of the tools it offers. */
  readonly tools: readonly string[];
  readonly maxTokens: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The API key as it came, without `Bearer`. */
  readonly apiKey: string | undefined;
  readonly path: string;
  /** As it was on the wire. */
  readonly body: unknown;
  /** 1 for the first request since the start or the last `reset()`. */
  readonly attempt: number;
}

interface ScriptedMessage {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
  readonly toolCalls?: readonly { readonly id: string; readonly tool: string; readonly input: unknown }[];
  readonly callId?: string;
  /** What came with it, where something did. */
  readonly images?: readonly { readonly mediaType: string; readonly base64: string }[];
}

/** Everything is optional: `{}` is an empty answer that stops. Parts are sent in the order of these fields. */
export interface ScriptedAnswer {
  /** Answers with this status instead of a stream. */
  readonly status?: number;
  /** Of the bad status; undefined: the wire's usual error with `message`. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the error, whether by status or in the stream. */
  readonly message?: string;
  /** Before the first byte. */
  readonly delayMs?: number;
  /** Between chunks. Undefined: the whole answer in one write; 0: a write for each chunk. */
  readonly chunkDelayMs?: number;
  readonly reasoning?: string | readonly string[];
  readonly text?: string | readonly string[];
  readonly toolCalls?: readonly { readonly tool: string; readonly input?: unknown; readonly id?: string; /** Instead of `input`, as written by the model. */ readonly argumentsText?: string }[];
  readonly usage?: { readonly inputTokens?: number; readonly outputTokens?: number; readonly cacheReadTokens?: number; readonly cacheWriteTokens?: number };
  /** Undefined: `tool_calls` where there are some, else `stop`. */
  readonly reason?: 'stop' | 'length' | 'refused';
  /** What happens after the text instead of an end: an error event, the connection cut, or silence until the caller goes. */
  readonly breaks?: 'error' | 'overloaded' | 'cut' | 'hang';
  /** The answer ends, but its connection does not. */
  readonly lingers?: boolean;
}

export interface ModelServerOptions {
  readonly port?: number;
  readonly script?: ModelScript;
  /** Of the answer without a script. */
  readonly chunks?: number;
  readonly chunkDelayMs?: number;
  /** What the lists of models name. */
  readonly models?: readonly string[];
}

export interface ModelServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`; for the OpenAI wire both this and `${url}/v1` are bases. */
  readonly url: string;
  readonly port: number;
  /** The model calls so far, oldest first; lists of models are not among them. */
  readonly requests: readonly ScriptedRequest[];
  /** How many callers went away before their answer ended. */
  readonly aborted: number;
  /** How many connections were made to it. */
  readonly connections: number;
  /** From now on this is how requests are answered. */
  script(script: ModelScript): void;
  /** Answers the next requests with these, the last one for ever. */
  answers(...answers: readonly ScriptedAnswer[]): void;
  /** Forgets the requests, the aborts and the connections. */
  reset(): void;
  /** Waits until something holds, a second at most. */
  until(holds: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export const startModelServer = async (options: ModelServerOptions = {}): Promise<ModelServer> => {
  const models = options.models ?? ['test-model'];
  const plain: ScriptedAnswer = {
    text: Array.from({ length: options.chunks ?? 3 }, (_, index) => `word${index} `),
    usage: { inputTokens: 10, outputTokens: options.chunks ?? 3 },
    ...(options.chunkDelayMs === undefined ? {} : { chunkDelayMs: options.chunkDelayMs }),
  };
  let script: ModelScript = options.script ?? (() => plain);
  let requests: ScriptedRequest[] = [];
  let count = 0;
  let aborted = 0;
  let connections = 0;

  const server = createServer(async (incoming, response) => {
    response.on('close', () => {
      if (!response.writableFinished && response.errored === null && !cut.has(response)) aborted++;
    });
    try {
      const path = incoming.url ?? '/';
      const list = incoming.method === 'GET' ? listFor(path, models) : undefined;
      if (list !== undefined) return sendJson(response, 200, list);
      const wire = wireOf(path);
      if (wire === undefined || incoming.method !== 'POST') return sendJson(response, 404, { error: { message: `no route ${path}`, type: 'not_found_error' } });
      const request = readRequest(wire, incoming, JSON.parse(await bodyOf(incoming)), ++count);
      requests.push(request);
      const answer = await script(request);
      await sendAnswer(request, answer, response);
    } catch (error) {
      if (!response.destroyed) sendJson(response, 500, { error: { message: `model-server: ${String(error)}` } });
    }
  });
  server.on('connection', () => connections++);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server has no other kind of address

  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get requests() {
      return requests;
    },
    get aborted() {
      return aborted;
    },
    get connections() {
      return connections;
    },
    script: (next) => void (script = next),
    answers: (...answers) => {
      const first = count;
      script = ({ attempt }) => answers[Math.min(attempt - first, answers.length) - 1] ?? plain;
    },
    reset: () => {
      requests = [];
      count = 0;
      aborted = 0;
      connections = 0;
    },
    until: async (holds) => {
      for (let tries = 0; !holds(); tries++) {
        if (tries === 200) throw new Error('model-server: what was waited for did not happen within a second');
        await pause(5);
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
};

/** Answers whose connection the script cut: nobody went away from them. */
const cut = new WeakSet<ServerResponse>();

const wireOf = (path: string): Wire | undefined => {
  if (path.startsWith('/v1/messages')) return 'anthropic';
  if (/^(\/v1)?\/chat\/completions/.test(path)) return 'openai';
  return /^\/v1beta\/models\/[^/]+:streamGenerateContent/.test(path) ? 'google' : undefined;
};

const listFor = (path: string, models: readonly string[]): unknown => {
  if (path.startsWith('/v1beta/models')) return { models: models.map((id) => ({ name: `models/${id}`, supportedGenerationMethods: ['generateContent'] })) };
  if (/^(\/v1)?\/models/.test(path)) return { object: 'list', data: models.map((id) => ({ id, object: 'model' })) };
  return path === '/api/tags' ? { models: models.map((name) => ({ name, model: name })) } : undefined;
};

const bodyOf = async (incoming: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const sendJson = (response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
  response.end(isText ? body : JSON.stringify(body));
};

const sendAnswer = async (request: ScriptedRequest, answer: ScriptedAnswer, response: ServerResponse): Promise<void> => {
  const { status = 200, message = 'the fake server was told to fail' } = answer;
  if (answer.delayMs !== undefined) await pause(answer.delayMs);
  if (status !== 200) return sendJson(response, status, answer.body ?? ERRORS[request.wire](status, message), answer.headers);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...answer.headers });
  const chunks = [...CHUNKS[request.wire](request, answer), ...ENDS[request.wire](answer, message)];
  await sendChunks(response, chunks, answer);
  if (answer.breaks === 'hang' || answer.lingers === true) return;
  if (answer.breaks !== 'cut') return void response.end();
  cut.add(response);
  response.write('', () => response.destroy());
};

const sendChunks = async (response: ServerResponse, chunks: readonly string[], { chunkDelayMs, breaks, lingers }: ScriptedAnswer): Promise<void> => {
  if (chunkDelayMs === undefined) {
    // One write for the whole answer; with the end in the same packet where there is one.
    if (breaks === undefined && lingers !== true) response.end(chunks.join(''));
    else response.write(chunks.join(''));
    return;
  }
  for (const chunk of chunks) {
    if (response.destroyed) return;
    response.write(chunk);
    await (chunkDelayMs === 0 ? new Promise((resolve) => setImmediate(resolve)) : pause(chunkDelayMs));
  }
};

const listed = (text: string | readonly string[] | undefined): readonly string[] => (text === undefined ? [] : typeof text === 'string' ? [text] : text);
const sse = (data: unknown, event?: string): string => `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;
const argumentsOf = (call: NonNullable<ScriptedAnswer['toolCalls']>[number]): string => call.argumentsText ?? JSON.stringify(call.input ?? {});
const halves = (text: string): readonly [string, string] => [text.slice(0, text.length >> 1), text.slice(text.length >> 1)];
const reasonOf = (answer: ScriptedAnswer): string => answer.reason ?? ((answer.toolCalls?.length ?? 0) > 0 ? 'tool_calls' : 'stop');

const anthropicChunks = (request: ScriptedRequest, answer: ScriptedAnswer): string[] => {
  const { inputTokens = 10, cacheReadTokens = 0, cacheWriteTokens = 0 } = answer.usage ?? {};
  const usage = { input_tokens: inputTokens, cache_read_input_tokens: cacheReadTokens, cache_creation_input_tokens: cacheWriteTokens, output_tokens: 1 };
  const out = [sse({ type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model: request.model, content: [], stop_reason: null, usage } }, 'message_start')];
  let index = 0;
  const block = (start: object, deltas: readonly object[]): void => {
    out.push(sse({ type: 'content_block_start', index, content_block: start }, 'content_block_start'));
    for (const delta of deltas) out.push(sse({ type: 'content_block_delta', index, delta }, 'content_block_delta'));
    out.push(sse({ type: 'content_block_stop', index: index++ }, 'content_block_stop'));
  };
  const thoughts = listed(answer.reasoning);
  if (thoughts.length > 0) block({ type: 'thinking', thinking: '' }, [...thoughts.map((thinking) => ({ type: 'thinking_delta', thinking })), { type: 'signature_delta', signature: 'c2lnbmVk' }]);
  if (answer.text !== undefined) block({ type: 'text', text: '' }, listed(answer.text).map((text) => ({ type: 'text_delta', text })));
  for (const [n, call] of (answer.toolCalls ?? []).entries()) {
    block({ type: 'tool_use', id: call.id ?? `toolu_${request.attempt}_${n}`, name: call.tool, input: {} }, halves(argumentsOf(call)).map((partial_json) => ({ type: 'input_json_delta', partial_json })));
  }
  return out;
};

const openaiChunks = (request: ScriptedRequest, answer: ScriptedAnswer): string[] => {
  const chunk = (delta: object): string => sse({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: request.model, choices: [{ index: 0, delta, finish_reason: null }] });
  const calls = answer.toolCalls ?? [];
  return [
    chunk({ role: 'assistant', content: '' }),
    ...listed(answer.reasoning).map((reasoning_content) => chunk({ reasoning_content })),
    ...listed(answer.text).map((content) => chunk({ content })),
    ...calls.map((call, index) => chunk({ tool_calls: [{ index, id: call.id ?? `call_${request.attempt}_${index}`, type: 'function', function: { name: call.tool, arguments: '' } }] })),
    // The fragments of parallel calls take turns.
    ...[0, 1].flatMap((half) => calls.map((call, index) => chunk({ tool_calls: [{ index, function: { arguments: halves(argumentsOf(call))[half] } }] }))),
  ];
};

const googleChunks = (_request: ScriptedRequest, answer: ScriptedAnswer): string[] => {
  const chunk = (part: object): string => sse({ candidates: [{ index: 0, content: { role: 'model', parts: [part] } }], modelVersion: 'fake' });
  return [
    ...listed(answer.reasoning).map((text) => chunk({ text, thought: true })),
    ...listed(answer.text).map((text) => chunk({ text })),
    ...(answer.toolCalls ?? []).map((call) =>
      chunk({ functionCall: { ...(call.id === undefined ? {} : { id: call.id }), name: call.tool, args: call.argumentsText ?? call.input ?? {} }, thoughtSignature: 'c2lnbmVk' }),
    ),
  ];
};

const CHUNKS = { anthropic: anthropicChunks, openai: openaiChunks, google: googleChunks } as const;

const ERRORS: Readonly<Record<Wire, (status: number, message: string) => unknown>> = {
  anthropic: (status, message) => ({ type: 'error', error: { type: ({ 400: 'invalid_request_error', 401: 'authentication_error', 429: 'rate_limit_error', 529: 'overloaded_error' } as Record<number, string>)[status] ?? 'api_error', message } }),
  openai: (_status, message) => ({ error: { message, type: 'error', param: null, code: null } }),
  google: (code, message) => ({ error: { code, message, status: 'FAILED' } }),
};

const anthropicEnd = (answer: ScriptedAnswer, message: string): string[] => {
  if (answer.breaks === 'error') return [sse({ type: 'error', error: { type: 'api_error', message } }, 'error')];
  if (answer.breaks === 'overloaded') return [sse({ type: 'error', error: { type: 'overloaded_error', message } }, 'error')];
  if (answer.breaks !== undefined) return [];
  const stop_reason = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use', refused: 'refusal' }[reasonOf(answer)];
  return [
    sse({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: answer.usage?.outputTokens ?? 5 } }, 'message_delta'),
    sse({ type: 'message_stop' }, 'message_stop'),
  ];
};

const openaiEnd = (answer: ScriptedAnswer, message: string): string[] => {
  if (answer.breaks === 'error') return [sse({ error: { message, type: 'server_error', code: null } })];
  if (answer.breaks === 'overloaded') return [sse({ error: { message, code: 503 } })];
  if (answer.breaks !== undefined) return [];
  const { inputTokens = 10, outputTokens = 5, cacheReadTokens = 0 } = answer.usage ?? {};
  const usage = { prompt_tokens: inputTokens + cacheReadTokens, completion_tokens: outputTokens, total_tokens: inputTokens + cacheReadTokens + outputTokens, prompt_tokens_details: { cached_tokens: cacheReadTokens } };
  const finish_reason = reasonOf(answer) === 'refused' ? 'content_filter' : reasonOf(answer);
  return [
    sse({ id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason }] }),
    sse({ id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [], usage }),
    'data: [DONE]\n\n',
  ];
};

const googleEnd = (answer: ScriptedAnswer, message: string): string[] => {
  if (answer.breaks === 'error') return [sse({ error: { code: 500, message, status: 'INTERNAL' } })];
  if (answer.breaks === 'overloaded') return [sse({ error: { code: 503, message, status: 'UNAVAILABLE' } })];
  if (answer.breaks !== undefined) return [];
  const { inputTokens = 10, outputTokens = 5, cacheReadTokens = 0 } = answer.usage ?? {};
  const usageMetadata = { promptTokenCount: inputTokens + cacheReadTokens, candidatesTokenCount: outputTokens, cachedContentTokenCount: cacheReadTokens };
  const finishReason = { stop: 'STOP', tool_calls: 'STOP', length: 'MAX_TOKENS', refused: 'SAFETY' }[reasonOf(answer)];
  return [sse({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text: '' }] }, finishReason }], usageMetadata })];
};

const ENDS = { anthropic: anthropicEnd, openai: openaiEnd, google: googleEnd } as const;

const readRequest = (wire: Wire, incoming: IncomingMessage, body: unknown, attempt: number): ScriptedRequest => {
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  const apiKey = headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers['authorization']?.replace(/^Bearer /, '');
  return { wire, headers, apiKey, path: incoming.url ?? '', body, attempt, ...READERS[wire](body, incoming.url ?? '') };
};

type Meant = Pick<ScriptedRequest, 'model' | 'system' | 'messages' | 'tools' | 'maxTokens'>;

// As much of each wire as a test may ask about.

const AnthropicBlock = z.object({
  type: z.string(),
  text: z.string().optional(),
  id: z.string().default(''),
  name: z.string().default(''),
  input: z.unknown().optional(),
  content: z.string().default(''),
  tool_use_id: z.string().optional(),
  source: z.strictObject({ type: z.literal('base64'), media_type: z.string(), data: z.string() }).optional(),
});
const AnthropicMessage = z.object({ role: z.enum(['user', 'assistant']), content: z.union([z.string().transform((text) => [AnthropicBlock.parse({ type: 'text', text })]), z.array(AnthropicBlock)]) });
const AnthropicBody = z.object({
  model: z.string(),
  system: z.array(z.object({ text: z.string() })).default([]),
  messages: z.array(AnthropicMessage),
  tools: z.array(z.object({ name: z.string() })).default([]),
  max_tokens: z.number().optional(),
});

const OpenaiPart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: z.string().regex(/^data:[a-z]+\/[a-z]+;base64,/) }) }),
]);
const OpenaiMessage = z.object({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.union([z.string().nullish().transform((text) => [{ type: 'text' as const, text: text ?? '' }]), z.array(OpenaiPart)]),
  tool_calls: z.array(z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) })).default([]),
  tool_call_id: z.string().optional(),
});
const OpenaiBody = z.object({
  model: z.string(),
  messages: z.array(OpenaiMessage),
  tools: z.array(z.object({ function: z.object({ name: z.string() }) })).default([]),
  max_completion_tokens: z.number().optional(),
  max_tokens: z.number().optional(),
});

const GooglePart = z.object({
  text: z.string().optional(),
  inlineData: z.strictObject({ mimeType: z.string(), data: z.string() }).optional(),
  functionCall: z.object({ id: z.string().default(''), name: z.string(), args: z.unknown().optional() }).optional(),
  functionResponse: z.object({ id: z.string().optional(), response: z.object({ output: z.string().optional(), error: z.string().optional() }) }).optional(),
});
const GoogleContent = z.object({ role: z.string(), parts: z.array(GooglePart) });
const GoogleBody = z.object({
  contents: z.array(GoogleContent),
  systemInstruction: z.object({ parts: z.array(GooglePart) }).optional(),
  tools: z.array(z.object({ functionDeclarations: z.array(z.object({ name: z.string() })) })).default([]),
  generationConfig: z.object({ maxOutputTokens: z.number().optional() }).default({}),
});

const READERS: Readonly<Record<Wire, (body: unknown, path: string) => Meant>> = {
  anthropic: (body) => {
    const { model, system, messages, tools, max_tokens: maxTokens } = AnthropicBody.parse(body);
    return { model, system: system.map(({ text }) => text).join('\n'), messages: messages.flatMap(fromAnthropic), tools: tools.map(({ name }) => name), maxTokens };
  },
  openai: (body) => {
    const { model, messages, tools, max_completion_tokens: newer, max_tokens: older } = OpenaiBody.parse(body);
    return {
      model,
      system: messages.flatMap(({ role, content }) => (role === 'system' ? [textIn(content)] : [])).join('\n'),
      messages: messages.flatMap(fromOpenai),
      tools: tools.map((tool) => tool.function.name),
      maxTokens: newer ?? older,
    };
  },
  google: (body, path) => {
    const { contents, systemInstruction, tools, generationConfig } = GoogleBody.parse(body);
    return {
      model: /models\/([^/:]+)/.exec(decodeURIComponent(path))?.[1] ?? '',
      system: (systemInstruction?.parts ?? []).map(({ text }) => text).join('\n'),
      messages: contents.flatMap(fromGoogle),
      tools: (tools[0]?.functionDeclarations ?? []).map(({ name }) => name),
      maxTokens: generationConfig.maxOutputTokens,
    };
  },
};

const fromAnthropic = ({ role, content }: z.infer<typeof AnthropicMessage>): ScriptedMessage[] => {
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
  const toolCalls = content.filter(({ type }) => type === 'tool_use').map(({ id, name, input }) => ({ id, tool: name, input }));
  if (role === 'assistant') return [{ role, text, toolCalls }];
  const results = content.flatMap((block): ScriptedMessage[] => (block.type === 'tool_result' ? [answered(block.content, block.tool_use_id)] : []));
  const images = content.flatMap(({ source }) => (source ? [{ mediaType: source.media_type, base64: source.data }] : []));
  return text === '' ? results : [...results, { role: 'user', text, ...(images.length > 0 && { images }) }];
};

const fromOpenai = ({ role, content, tool_calls: calls, tool_call_id: callId }: z.infer<typeof OpenaiMessage>): ScriptedMessage[] => {
  const text = textIn(content);
  if (role === 'system') return [];
  if (role === 'tool') return [answered(text, callId)];
  if (role === 'user') return [{ role, text, ...imagesIn(content) }];
  return [{ role, text, toolCalls: calls.map((call) => ({ id: call.id, tool: call.function.name, input: JSON.parse(call.function.arguments) as unknown })) }];
};

const textIn = (parts: readonly z.infer<typeof OpenaiPart>[]): string => parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');

const imagesIn = (parts: readonly z.infer<typeof OpenaiPart>[]): Pick<ScriptedMessage, 'images'> => {
  const images = parts.flatMap((part) => {
    if (part.type === 'text') return [];
    const [, mediaType = '', base64 = ''] = /^data:([^;]+);base64,(.*)$/s.exec(part.image_url.url) ?? [];
    return [{ mediaType, base64 }];
  });
  return images.length > 0 ? { images } : {};
};

const fromGoogle = ({ role, parts }: z.infer<typeof GoogleContent>): ScriptedMessage[] => {
  const text = parts.map((part) => part.text ?? '').join('');
  const toolCalls = parts.flatMap(({ functionCall: call }) => (call ? [{ id: call.id, tool: call.name, input: call.args }] : []));
  if (role === 'model') return [{ role: 'assistant', text, toolCalls }];
  const results = parts.flatMap(({ functionResponse: result }) => (result ? [answered(result.response.output ?? result.response.error ?? '', result.id)] : []));
  const images = parts.flatMap(({ inlineData: data }) => (data ? [{ mediaType: data.mimeType, base64: data.data }] : []));
  return results.length === 0 ? [{ role: 'user', text, ...(images.length > 0 && { images }) }] : results;
};

const answered = (text: string, callId: string | undefined): ScriptedMessage => ({ role: 'tool', text, ...(callId !== undefined && { callId }) });

if (import.meta.main) {
  const { parseArgs } = await import('node:util');
  const { values } = parseArgs({ options: { port: { type: 'string' }, chunks: { type: 'string' }, delay: { type: 'string' } } });
  const server = await startModelServer({
    port: Number(values.port ?? 0),
    chunks: Number(values.chunks ?? 3),
    ...(values.delay === undefined ? {} : { chunkDelayMs: Number(values.delay) }),
  });
  process.stdout.write(`${JSON.stringify({ port: server.port, url: server.url })}\n`);
}

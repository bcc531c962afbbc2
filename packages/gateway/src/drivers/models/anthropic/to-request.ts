import type { ModelImage, ModelMessage, ModelRequest, ModelToolCall, Opaque, ToolSpec } from '../../../engine/ports/model.ts';
import { isObject, type JsonObject, listOf } from '../kit/json.ts';
import { toolInputObject } from '../kit/tool-input.ts';

type Block = JsonObject & { readonly type: string };

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: Block[];
}

/** What is marked here is read from the provider's cache by the next step of the same conversation. */
const CACHED = { cache_control: { type: 'ephemeral' } };

export const toRequest = (request: ModelRequest): JsonObject => ({
  model: request.model,
  max_tokens: request.maxTokens,
  stream: true,
  ...(request.system.trim() === '' ? {} : { system: [{ type: 'text', text: request.system, ...CACHED }] }),
  messages: cacheLastBlock(toTurns(request.messages)),
  ...(request.tools.length === 0 ? {} : { tools: request.tools.map(toTool) }),
});

const toTool = ({ name, description, inputSchema }: ToolSpec, index: number, all: readonly ToolSpec[]): JsonObject => ({
  name,
  description,
  input_schema: inputSchema,
  ...(index === all.length - 1 ? CACHED : {}),
});

/** Turns alternate and start with the user: results of parallel calls must be in one message, and text may follow them. */
const toTurns = (messages: readonly ModelMessage[]): readonly Turn[] => {
  const turns: Turn[] = [];
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = toBlocks(message);
    if (content.length === 0) continue;
    if (turns.length === 0 && role === 'assistant') turns.push({ role: 'user', content: [textBlock('(continued)')] });
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  return turns;
};

const toBlocks = (message: ModelMessage): Block[] => {
  // What is asked about an image is understood best behind it.
  if (message.role === 'user') return [...(message.images ?? []).map(toImage), textBlock(message.text.trim() === '' ? '(no text)' : message.text)];
  if (message.role === 'tool') return [toResult(message)];
  const said = message.text.trim() === '' ? [] : [textBlock(message.text)];
  const blocks = [...said, ...message.toolCalls.map(toCall)];
  return blocks.length === 0 ? [] : [...thinkingOf(message.opaque), ...blocks];
};

const toImage = ({ mediaType, base64 }: ModelImage): Block => ({ type: 'image', source: { type: 'base64', media_type: mediaType, data: base64 } });

const textBlock = (text: string): Block => ({ type: 'text', text });

const toCall = ({ id, tool, input }: ModelToolCall): Block => ({ type: 'tool_use', id: acceptableId(id), name: tool, input: toolInputObject(input) });

const toResult = ({ callId, output, isError }: Extract<ModelMessage, { role: 'tool' }>): Block => ({
  type: 'tool_result',
  tool_use_id: acceptableId(callId),
  content: output,
  ...(isError ? { is_error: true } : {}),
});

/** Ids of other providers, in conversations that moved from one model to another, may hold more than is allowed here. */
const acceptableId = (id: string): string => id.replace(/[^a-zA-Z0-9_-]/g, '_');

/** Signed thinking has to come back unchanged before the calls it led to. */
const thinkingOf = (opaque: Opaque | undefined): readonly Block[] =>
  opaque?.provider === 'anthropic' ? listOf(opaque.data).filter(isThinking) : [];

const isThinking = (value: unknown): value is Block => isObject(value) && (value['type'] === 'thinking' || value['type'] === 'redacted_thinking');

const cacheLastBlock = (turns: readonly Turn[]): readonly Turn[] => {
  const content = turns.at(-1)?.content;
  const last = content?.pop();
  if (last !== undefined) content?.push({ ...last, ...CACHED });
  return turns;
};

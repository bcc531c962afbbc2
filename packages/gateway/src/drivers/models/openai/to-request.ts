import type { ModelMessage, ModelRequest, Opaque, ToolSpec } from '../../../engine/ports/model.ts';
import { nineCharacterId } from '../kit/call-ids.ts';
import { type JsonObject, objectOf } from '../kit/json.ts';

/** Where servers of this wire differ in what they accept. */
interface Habits {
  readonly host: string;
  readonly maxTokens: 'max_completion_tokens' | 'max_tokens';
  /** Others refuse the field, and count in their last chunk anyway. */
  readonly asksForUsage: boolean;
  readonly idOnWire: (id: string) => string;
}

export const toRequest = (request: ModelRequest, baseUrl: string): JsonObject => {
  const habits = habitsOf(baseUrl);
  return {
    model: request.model,
    [habits.maxTokens]: request.maxTokens,
    stream: true,
    ...(habits.asksForUsage ? { stream_options: { include_usage: true } } : {}),
    messages: [
      ...(request.system.trim() === '' ? [] : [{ role: 'system', content: request.system }]),
      ...toMessages(request.messages, habits),
    ],
    ...(request.tools.length === 0 ? {} : { tools: request.tools.map(toTool) }),
  };
};

export const hostOf = (baseUrl: string): string => URL.parse(baseUrl)?.hostname ?? '';

const habitsOf = (baseUrl: string): Habits => {
  const host = hostOf(baseUrl);
  const isMistral = host.endsWith('mistral.ai');
  return {
    host,
    maxTokens: host === 'api.openai.com' ? 'max_completion_tokens' : 'max_tokens',
    asksForUsage: !isMistral,
    // OpenAI takes 40 characters, Mistral exactly nine; ids of other providers may be longer.
    idOnWire: (id) => (isMistral || id.length > 40 ? nineCharacterId(id) : id),
  };
};

const toTool = ({ name, description, inputSchema }: ToolSpec): JsonObject => ({
  type: 'function',
  function: { name, description, parameters: inputSchema },
});

const toMessages = (messages: readonly ModelMessage[], habits: Habits): readonly JsonObject[] => {
  const currentTurn = messages.findLastIndex((message) => message.role === 'user');
  return messages.flatMap((message, index): JsonObject[] => {
    if (message.role === 'user') return [{ role: 'user', content: toContent(message) }];
    if (message.role === 'tool') return [toToolMessage(message, habits)];
    return toAssistantMessage(message, habits, index > currentTurn);
  });
};

/** Text alone stays text: not every server of this wire reads parts. */
const toContent = ({ text, images = [] }: Extract<ModelMessage, { role: 'user' }>): string | readonly JsonObject[] =>
  images.length === 0 ? text : [{ type: 'text', text }, ...images.map(({ mediaType, base64 }) => ({ type: 'image_url', image_url: { url: `data:${mediaType};base64,${base64}` } }))];

const toToolMessage = ({ callId, output, isError }: Extract<ModelMessage, { role: 'tool' }>, habits: Habits): JsonObject => ({
  role: 'tool',
  tool_call_id: habits.idOnWire(callId),
  // The wire has no mark for a failure, so the text carries it.
  content: isError && !/^error/i.test(output) ? `Error: ${output}` : output,
});

const toAssistantMessage = (message: Extract<ModelMessage, { role: 'assistant' }>, habits: Habits, inCurrentTurn: boolean): JsonObject[] => {
  if (message.text === '' && message.toolCalls.length === 0) return [];
  const calls = message.toolCalls.map(({ id, tool, input }) => ({
    id: habits.idOnWire(id),
    type: 'function',
    function: { name: tool, arguments: JSON.stringify(input) },
  }));
  return [
    {
      role: 'assistant',
      content: message.text === '' ? null : message.text,
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(inCurrentTurn ? reasoningOf(message.opaque, habits.host) : {}),
    },
  ];
};

/**
 * Some servers want their reasoning back between the calls of one turn (DeepSeek its text, OpenRouter its signed details);
 * others refuse a request that holds fields they do not know, so only the host that made it gets it.
 */
const reasoningOf = (opaque: Opaque | undefined, host: string): JsonObject => {
  const data = opaque?.provider === 'openai' ? objectOf(opaque.data) : undefined;
  return data?.['host'] === host ? (objectOf(data['message']) ?? {}) : {};
};

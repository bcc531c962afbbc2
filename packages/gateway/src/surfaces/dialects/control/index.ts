import { getStatus, sendMessage, tokensOf, triggerHeartbeat } from '@openclaw/contract';
import { type ClientFrame, type Dialect, frame } from '../../kit/dialect.ts';
import { fieldsOf } from '../../kit/read-fields.ts';

/** Every frame: `{type, id, payload, timestamp}`. */
const envelope = (type: string, id: string | undefined, payload: object): object => ({
  type,
  ...(id !== undefined && { id }),
  payload,
  timestamp: new Date().toISOString(),
});

const payloadOf = ({ body }: ClientFrame): Readonly<Record<string, unknown>> => fieldsOf(body['payload'], 'payload');

const chat = frame({
  type: 'chat',
  operation: sendMessage,
  toInput: (asked) => {
    const { text, session, context, options, timeoutSeconds } = payloadOf(asked);
    const { user, channel = 'websocket', timezone, language } = fieldsOf(context, 'payload.context');
    const { model, no_memory: noMemory, max_tokens: maxTokens } = fieldsOf(options, 'payload.options');
    return { session, text, timeoutSeconds, context: { user, channel, timezone, language }, options: { model, noMemory, maxTokens } };
  },
  toReply: (output, { id }, seen) => {
    if (!('text' in output)) return envelope('response', id, { text: '', tool_calls: [], tokens_used: 0, status: output.status, session: output.sessionKey });
    return envelope('response', id, {
      text: output.text,
      tool_calls: seen.map(({ tool, input }) => ({ tool, args: argsOf(input) })),
      tokens_used: tokensOf(output.usage),
      session: output.sessionKey,
      model: output.model,
    });
  },
});

const status = frame({
  type: 'status',
  operation: getStatus,
  toInput: () => ({}),
  toReply: ({ ok, memoryMB, mcpServers, ...rest }, { id }) =>
    envelope('status', id, { status: ok ? 'ok' : 'degraded', ...rest, memory_mb: memoryMB, mcp_servers: mcpServers }),
});

const heartbeat = frame({
  type: 'heartbeat_trigger',
  operation: triggerHeartbeat,
  toInput: (asked) => {
    const { dry_run: dryRun, agent, workspace, timeoutSeconds } = payloadOf(asked);
    return { dryRun, agent, workspace, timeoutSeconds };
  },
  toReply: ({ status: said, actionsTaken, tokensUsed, wouldDo, report, dryRun }, { id }) =>
    envelope('heartbeat_status', id, {
      status: said, actions_taken: actionsTaken, tokens_used: tokensUsed, ...(dryRun && { dry_run: true, would_do: wouldDo ?? [] }), ...(report !== null && { report }),
    }),
});

/** A command is shown as it was typed, as the document prints it; anything else as it was called. */
const argsOf = (input: unknown): unknown => {
  const { command, ...rest } = fieldsOf(input ?? {}, 'input');
  return typeof command === 'string' && Object.keys(rest).length === 0 ? command : input;
};

/** The WebSocket control plane of the second document. */
export const controlDialect: Dialect = {
  name: 'control',
  routes: [],
  frames: [chat, status, heartbeat],
  toPush: (activity) => {
    if (activity.type === 'gap') return envelope('gap', undefined, { missed: activity.missed });
    const { event, sessionKey: session, turnId: turn } = activity;
    if (event.type === 'tool_call') return envelope('tool_call', undefined, { tool: event.tool, args: argsOf(event.input), call_id: event.id, session, turn });
    if (event.type === 'tool_result') {
      return envelope('tool_result', undefined, { tool: event.tool, output: event.output, exit_code: event.isError ? 1 : 0, call_id: event.id, session, turn });
    }
    if (event.type === 'failed') return envelope('error', undefined, { code: event.code.toUpperCase(), message: event.message, session, turn });
    return undefined;
  },
};

import type { ModelMessage, ModelRequest, ToolSpec } from '../../../engine/ports/model.ts';

export interface DemoCall {
  readonly tool: string;
  readonly input: unknown;
}

export interface DemoAnswer {
  readonly text: string;
  readonly calls: readonly DemoCall[];
}

const CONNECT =
  'To connect a real model, set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY and restart, or name one under `models.providers` in the config.';

/** What the demo says: rules over the last message and nothing else, so the same request has the same answer. */
export const chooseAnswer = ({ system, messages, tools }: ModelRequest): DemoAnswer => {
  if (asksForSummary(system, tools)) return says(summaryOf(messages));
  const results = resultsAtEnd(messages);
  if (results.length > 0) return says(results.map(reportOf).join('\n\n'));
  const heard = messages.findLast((message) => message.role === 'user')?.text.trim() ?? '';
  const calls = callsIn(heard, tools);
  if (calls.length > 0) return { text: `Calling ${calls.map(({ tool }) => tool).join(', ')} as told.`, calls };
  const unknown = unknownTool(heard);
  return says(unknown === undefined ? plainAnswer(heard) : noSuchTool(unknown, tools));
};

const says = (text: string): DemoAnswer => ({ text, calls: [] });

const plainAnswer = (heard: string): string =>
  `This is the built-in demo model of OpenClaw: it works offline and understands nothing. You said: "${clipped(heard, 300)}". ${CONNECT}`;

const noSuchTool = (name: string, tools: readonly ToolSpec[]): string => {
  const offered = tools.length === 0 ? 'I was given no tools.' : `I was given: ${tools.map((tool) => tool.name).join(', ')}.`;
  return `There is no tool "${clipped(name, 60)}" here. ${offered}`;
};

type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;

const resultsAtEnd = (messages: readonly ModelMessage[]): readonly ToolMessage[] =>
  messages.slice(messages.findLastIndex((message) => message.role !== 'tool') + 1).filter((message) => message.role === 'tool');

const reportOf = ({ tool, output, isError }: ToolMessage): string =>
  isError ? `The tool ${tool} failed: ${clipped(output, 2000)}` : `The tool ${tool} answered:\n${clipped(output, 2000)}`;

/** A request to summarise offers no tools and says in its first words what it is. */
const asksForSummary = (system: string, tools: readonly ToolSpec[]): boolean =>
  tools.length === 0 && /\bsummar(y|ies|i[sz])/i.test(system.slice(0, 400)) && /\bconversation\b/i.test(system.slice(0, 400));

const summaryOf = (messages: readonly ModelMessage[]): string => {
  const lines = messages.flatMap((message) => (message.role === 'tool' || message.text === '' ? [] : [`- ${message.role}: ${clipped(message.text, 100)}`]));
  const shown = lines.length > 12 ? [...lines.slice(0, 4), `- (${lines.length - 12} more)`, ...lines.slice(-8)] : lines;
  return [`Summary of ${messages.length} messages:`, ...shown].join('\n');
};

function clipped(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** `call name {…}` or `use the tool name`, as often as it is said; else a question about the time where a tool tells it. */
const callsIn = (heard: string, tools: readonly ToolSpec[]): readonly DemoCall[] => {
  const calls = [...heard.matchAll(/\b(?:call|use|run)\s+(?:the\s+)?(?:tool\s+)?[`"']?([\w.-]*\w)[`"']?(?:\s+tool\b)?(?:\s+with\b)?/gi)].flatMap((match) => {
    const rest = heard.slice(match.index + match[0].length).trimStart();
    const tool = isPlain(match, rest) ? toolNamed(match[1], tools) : undefined;
    return tool === undefined ? [] : [{ tool: tool.name, input: inputIn(rest) }];
  });
  if (calls.length > 0) return calls;
  const clock = /\bwhat(?:'s| is) the time\b|\bwhat time\b/i.test(heard) ? tools.find(({ name }) => /time|clock/i.test(name)) : undefined;
  return clock === undefined ? [] : [{ tool: clock.name, input: {} }];
};

/** "The run time is long" is no order, though there may be a tool of that name. */
const isPlain = (match: RegExpExecArray, rest: string): boolean =>
  match.index === 0 || rest.startsWith('{') || /\btool\b/i.test(match[0]) || /[_.-]/.test(match[1] ?? '');

/** A name that is only a part of one tool's name is enough. */
const toolNamed = (name: string | undefined, tools: readonly ToolSpec[]): ToolSpec | undefined => {
  if (name === undefined) return undefined;
  const exact = tools.find((tool) => tool.name === name);
  if (exact !== undefined || name.length < 4) return exact;
  const fitting = tools.filter((tool) => tool.name.split(/[_.-]/).includes(name));
  return fitting.length === 1 ? fitting[0] : undefined;
};

/** Only words that can mean nothing but a tool are answered with "there is none". */
const unknownTool = (heard: string): string | undefined =>
  /\b(?:call|use|run)\s+(?:the\s+)?tool\s+[`"']?([\w.-]*\w)/i.exec(heard)?.[1] ?? /\bcall\s+[`"']?([\w.-]+)[`"']?\s*\{/i.exec(heard)?.[1];

const inputIn = (rest: string): unknown => {
  if (!rest.startsWith('{')) return {};
  for (let end = rest.indexOf('}'); end >= 0; end = rest.indexOf('}', end + 1)) {
    const input = objectIn(rest.slice(0, end + 1));
    if (input !== undefined) return input;
  }
  return { _invalid_arguments: rest };
};

const objectIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

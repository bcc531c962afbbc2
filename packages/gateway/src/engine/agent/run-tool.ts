import { orAborted } from '../../kernel/on-abort.ts';
import type { ModelToolCall } from '../ports/model.ts';
import type { Tool, ToolContext } from '../ports/tool.ts';

const LONGEST_OUTPUT = 200_000;

export interface ToolOutcome {
  readonly state: 'done' | 'failed' | 'interrupted';
  readonly output: string;
}

/** Runs one call to its end or to its deadline. Whatever goes wrong is an outcome the model can read; only the turn's own end rejects. */
export const runTool = async (
  tool: Tool | undefined,
  call: ModelToolCall,
  context: ToolContext,
  timeoutSeconds: number,
): Promise<ToolOutcome> => {
  if (!tool) return { state: 'failed', output: `There is no tool called ${call.tool}.` };
  const parsed = tool.input.safeParse(call.input ?? {});
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`).join('; ');
    return { state: 'failed', output: `Invalid input. ${issues}` };
  }
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  const signal = AbortSignal.any([context.signal, deadline]);
  try {
    const output = await orAborted(tool.run(parsed.data, { ...context, signal }), signal);
    return { state: 'done', output: output.slice(0, LONGEST_OUTPUT) };
  } catch (thrown) {
    if (context.signal.aborted) throw context.signal.reason;
    if (deadline.aborted) {
      // A tool that may act once was cut off in the act: nobody knows whether it did.
      const state = tool.effect === 'once' ? 'interrupted' : 'failed';
      return { state, output: `The tool was stopped after ${timeoutSeconds} s (limits.toolTimeoutSeconds).` };
    }
    return { state: 'failed', output: thrown instanceof Error ? thrown.message : String(thrown) };
  }
};

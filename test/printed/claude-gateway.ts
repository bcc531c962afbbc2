import { type ModelServer, type ModelScript, startModelServer } from '../support/model-server.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { Tool } from '../../packages/gateway/src/engine/ports/tool.ts';

interface ClaudeOptions {
  readonly script?: ModelScript;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tools?: readonly Tool[];
}

/** A gateway whose `claude-…` models, by any name the documents print, are answered by the script. */
export const startClaudeGateway = async ({ script, config, tools }: ClaudeOptions = {}): Promise<TestGateway & { readonly model: ModelServer }> => {
  const model = await startModelServer(script ? { script } : {});
  const anthropic = { api: 'anthropic', baseUrl: model.url, apiKey: 'key' };
  const gateway = await startGateway({
    config: { model: 'anthropic/claude-sonnet-4', models: { providers: { anthropic } }, ...config },
    ...(tools && { tools }),
  });
  return {
    ...gateway,
    model,
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      await model.close();
    },
  };
};

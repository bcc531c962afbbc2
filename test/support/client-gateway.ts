/** A gateway for the tests of the clients: its agent says what it heard, and its registry has the package that the documents install. */
import { startGateway, type TestGateway } from './gateway.ts';
import type { ModelScript } from './model-server.ts';
import { startRegistry } from './registry-server.ts';
import { npmTarball, SKILL } from './tar.ts';

/** `fail` fails, and `forever` takes longer than anybody waits. */
const hearing: ModelScript = ({ messages }) => {
  const text = String(messages.at(-1)?.text);
  if (text === 'fail') return { status: 400, message: 'No answer' };
  return { text: ['Heard: ', text], chunkDelayMs: 5, usage: { inputTokens: 800, outputTokens: 42 }, ...(text === 'forever' && { delayMs: 60_000 }) };
};

export const PACKAGE = 'openclaw-skill-git-helper';

export const startClientGateway = async (): Promise<TestGateway> => {
  const registry = await startRegistry();
  registry.publish(PACKAGE, '1.2.0', npmTarball(PACKAGE, '1.2.0', { 'SKILL.md': SKILL('git-helper') }));
  const gateway = await startGateway({
    script: hearing,
    config: { skills: { registry: registry.url }, api: { port: null, keys: [{ label: 'A secret to hide', key: 'oclaw_live_configured_key_1' }] } },
  });
  return {
    ...gateway,
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
};

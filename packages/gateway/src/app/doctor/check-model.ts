import { GatewayError } from '@openclaw/contract/errors';
import { openModels } from '../open-models.ts';
import { type Check, error, ok, warn } from './scene.ts';

const DEMO = 'openclaw/demo';

/** Which model would answer, found as a start finds it. Nothing is asked of a provider: that would cost money. */
export const checkModel: Check = async ({ env, loaded }) => {
  if (loaded === undefined) return [];
  const { settings } = loaded;
  const models = await openModels({ current: () => settings, onChange: () => () => {} }, env, () => {});
  try {
    const { id } = models.current().resolve(settings.agents['main']?.model);
    if (id === DEMO) return [warn('Model', 'only the built-in demo answers', 'set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY for a real model; a local Ollama, LM Studio or llama.cpp is found by itself')];
    return [ok('Model', `${id} (${models.source()})`)];
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    const [message, mend] = split(thrown.message);
    return [error('Model', message, mend)];
  } finally {
    await models.close();
  }
};

/** "… needs a key: set X, or Y": what is wrong, and what to do. */
const split = (message: string): readonly [string, string] => {
  const [, wrong = message, mend = 'openclaw models list shows what there is'] = /^(.*?): (set .*?)\.?$/.exec(message) ?? [];
  return [wrong, mend];
};

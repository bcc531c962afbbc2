import type { listModels, testModel } from '@openclaw/contract';
import type { Handler } from '../gateway.ts';
import type { Models } from './create-models.ts';
import { tryModel } from './try-model.ts';

/** What can be asked about models, behind the door. */
export const modelHandlers = (models: () => Models) => {
  const list: Handler<typeof listModels> = async (_, { signal }) => {
    const listed = await models().list(signal);
    const providers = listed.map(({ provider, models: names, problem }) => ({ provider, models: [...names], ...(problem !== undefined && { problem }) }));
    return { default: models().defaultId, providers };
  };

  const test: Handler<typeof testModel> = ({ model }, { signal }) => tryModel(models(), model, signal);

  return { list, test };
};

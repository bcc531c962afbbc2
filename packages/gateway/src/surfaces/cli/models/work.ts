import { named } from '@openclaw/client';
import type { listModels, OutputOf, testModel } from '@openclaw/contract';
import { money, seconds, tokens } from '../kit/figures.ts';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

interface Flags {
  readonly json?: boolean;
}

const LIST = named<typeof listModels>('models.list');
const TEST = named<typeof testModel>('models.test');

export const modelsList = async (host: CliHost, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const listed = await client.call(LIST, {});
  if (json) writeJson(listed);
  else writeLines(describe(listed));
};

const describe = ({ default: chosen, providers }: OutputOf<typeof listModels>): readonly string[] => {
  const all = providers.flatMap(({ provider, models }) => models.map((model) => `${provider}/${model}`));
  // A default that no list names is used all the same.
  const unlisted = all.includes(chosen) ? [] : [`* ${plainLine(chosen)}`];
  return [
    ...unlisted,
    ...providers.flatMap(({ provider, models, problem }) => [
      ...models.map((model) => `${provider}/${model}`).map((id) => `${id === chosen ? '*' : ' '} ${plainLine(id)}`),
      ...(problem === undefined ? [] : [`! ${plainLine(`${provider}: ${problem}`)}`]),
    ]),
  ];
};

export const modelsTest = async (host: CliHost, model: string | undefined, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const tested = await client.call(TEST, model === undefined ? {} : { model });
  if (json) writeJson(tested);
  else writeLines(describeTest(tested));
};

export const describeTest = ({ model, text, latencyMs, usage }: OutputOf<typeof testModel>): readonly string[] => [
  `Model    ${plainLine(model)}`,
  `Answer   ${plainLine(text.trim())}`,
  `Time     ${seconds(latencyMs)}`,
  `Tokens   ${tokens(usage)}`,
  `Cost     ${money(usage.costUSD)}`,
];

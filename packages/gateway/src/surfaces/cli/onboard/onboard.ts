import { text as readAll } from 'node:stream/consumers';
import { canAsk, plainLine, writeLines } from '../kit/terminal.ts';
import { describeTest } from '../models/work.ts';
import { CliError, type CliHost } from '../host.ts';
import { asVariable, DEMO, type OnboardFlags, whatNow } from './choice.ts';
import type { Endpoint, OnboardHost } from './host.ts';

/** `openclaw onboard`: asks on a terminal; with --yes everything is said by flags and the environment. */
export const onboard = async (host: CliHost, flags: OnboardFlags): Promise<void> => {
  if (flags.yes) return fromFlags(await host.onboard(), flags);
  if (!canAsk()) throw new CliError('Nobody is here to be asked. Say it all: openclaw onboard --provider anthropic --yes (with the key in ANTHROPIC_API_KEY, or --api-key - < file)', 2);
  const { interview } = await import('./interview.ts');
  await interview(await host.onboard(), flags);
};

const fromFlags = async (onboarding: OnboardHost, flags: OnboardFlags): Promise<void> => {
  const endpoint = await endpointFrom(onboarding, flags);
  const model = flags.model ?? (await modelFor(onboarding, endpoint));
  if (!flags.skipTest) writeLines(describeTest(await onboarding.try(endpoint, model)));
  writeLines(whatNow(await onboarding.save(endpoint, model), `${endpoint.provider}/${model}`));
};

const endpointFrom = async ({ known, hasKey }: OnboardHost, { provider, apiKey, baseUrl }: OnboardFlags): Promise<Endpoint> => {
  const names = [...known.map(({ id }) => id), 'demo'].join(', ');
  if (provider === undefined) throw new CliError(`Say which: --provider, one of ${names}, or any name together with --base-url`, 2);
  if (provider === 'demo') return DEMO;
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/i.test(provider)) throw new CliError(`"${provider}" cannot be the name of a provider: letters, digits, dash and underscore only`, 2);
  const choice = known.find(({ id }) => id === provider);
  if (choice === undefined && baseUrl === undefined) throw new CliError(`No provider is known as "${provider}": take one of ${names}, or say where it is with --base-url`, 2);
  const given = apiKey === '-' ? (await readAll(process.stdin)).trim() : apiKey;
  const key = given ?? (choice?.found === undefined ? undefined : asVariable(choice.found));
  const wanting = choice !== undefined && !key && baseUrl === undefined;
  if (wanting && !(await hasKey(provider))) throw new CliError(`${provider} wants a key: set ${choice.variable}, or say --api-key - and give it on standard input`, 2);
  return { provider, ...(baseUrl !== undefined && { baseUrl }), ...(key && { apiKey: key }) };
};

/** Without a name: the usual one of a known provider, else the first that the endpoint offers. */
const modelFor = async (onboarding: OnboardHost, endpoint: Endpoint): Promise<string> => {
  const usual = onboarding.known.find(({ id }) => id === endpoint.provider)?.model;
  if (endpoint.provider === DEMO.provider) return 'demo';
  if (usual !== undefined && endpoint.baseUrl === undefined) return usual;
  const [first] = await onboarding.models(endpoint).catch((thrown: unknown) => {
    throw new CliError(`${plainLine(thrown instanceof Error ? thrown.message : String(thrown))} Name the model with --model`);
  });
  if (first === undefined) throw new CliError(`${endpoint.baseUrl ?? endpoint.provider} lists no models: name one with --model`);
  return first;
};

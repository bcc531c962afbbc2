import * as clack from '@clack/prompts';
import { plain, plainLine } from '../kit/terminal.ts';
import { describeTest } from '../models/work.ts';
import { CliError } from '../host.ts';
import { asVariable, DEMO, type OnboardFlags, whatNow } from './choice.ts';
import type { Endpoint, KnownChoice, LocalChoice, OnboardHost } from './host.ts';

/** The first few are offered by name; the rest are in the list below "another". */
const FIRST = ['anthropic', 'openai', 'google'];
const NAMES: Readonly<Record<string, string>> = { anthropic: 'Anthropic', openai: 'OpenAI', google: 'Google', ollama: 'Ollama', lmstudio: 'LM Studio', llamacpp: 'llama.cpp' };
const CUSTOM = 'custom';

/** Asks on the terminal until a model answers, somebody takes it anyway, or leaves. Nothing is written before that. */
export const interview = async (onboarding: OnboardHost, flags: OnboardFlags): Promise<void> => {
  clack.intro('Which model shall answer?');
  for (;;) {
    const endpoint = await askEndpoint(onboarding, flags);
    const model = await askModel(onboarding, endpoint, flags);
    if (flags.skipTest || (await test(onboarding, endpoint, model))) {
      const changed = await onboarding.save(endpoint, model);
      clack.outro(whatNow(changed, `${endpoint.provider}/${model}`).join('\n   '));
      return;
    }
  }
};

const askEndpoint = async (onboarding: OnboardHost, flags: OnboardFlags): Promise<Endpoint> => {
  const local = await onboarding.localServers();
  const chosen = flags.provider ?? (flags.baseUrl === undefined ? await askProvider(onboarding.known, local) : CUSTOM);
  if (chosen === 'demo') return DEMO;
  const server = local.find(({ id }) => id === chosen);
  if (server !== undefined) return { provider: server.id, baseUrl: server.baseUrl };
  const known = onboarding.known.find(({ id }) => id === chosen);
  const baseUrl = flags.baseUrl ?? (known ? undefined : await askUrl());
  const apiKey = flags.apiKey ?? (await askKey(known, await onboarding.hasKey(chosen)));
  return { provider: chosen, ...(baseUrl !== undefined && { baseUrl }), ...(apiKey !== '' && { apiKey }) };
};

const askProvider = (known: readonly KnownChoice[], local: readonly LocalChoice[]): Promise<string> => {
  const toOption = ({ id, found }: KnownChoice): { value: string; label: string; hint?: string } => ({ value: id, label: NAMES[id] ?? id, ...(found !== undefined && { hint: `${found} is set` }) });
  const [first, others] = [known.filter(({ id }) => FIRST.includes(id)), known.filter(({ id, found }) => !FIRST.includes(id) && found !== undefined)];
  return answered(
    clack.select({
      message: 'Who serves it?',
      options: [
        ...local.map(({ id, baseUrl, models }) => ({ value: id, label: `${NAMES[id] ?? id} on this machine`, hint: `${baseUrl}, ${models.length} ${models.length === 1 ? 'model' : 'models'}` })),
        ...first.map(toOption),
        ...others.map(toOption),
        { value: CUSTOM, label: 'Another endpoint', hint: "a URL that speaks OpenAI's wire" },
        { value: 'demo', label: 'The built-in demo', hint: 'offline, without a key, and no real model' },
      ],
    }),
  );
};

const askUrl = (): Promise<string> =>
  answered(
    clack.text({
      message: 'Where is it?',
      placeholder: 'http://127.0.0.1:8000/v1',
      validate: (value) => (/^https?:$/.test(URL.parse(value ?? '')?.protocol ?? '') ? undefined : 'A URL that begins with http:// or https://'),
    }),
  );

/** '' where an endpoint wants none, or the one in the file stays. */
const askKey = async (known: KnownChoice | undefined, kept: boolean): Promise<string> => {
  if (kept && (await answered(clack.confirm({ message: 'Keep the key that is in the configuration?' })))) return '';
  if (known?.found !== undefined) {
    const variable = asVariable(known.found);
    const use = await answered(clack.confirm({ message: `Use the key in ${known.found}? The file will say ${variable}, never the key itself.` }));
    if (use) return variable;
  }
  const wanted = known !== undefined;
  const key = await answered(
    clack.password({ message: wanted ? 'Its key (it is not shown)' : 'Its key, if it wants one (it is not shown)', validate: (value) => (wanted && !value?.trim() ? `${known.id} wants a key` : undefined) }),
  );
  return key.trim();
};

const askModel = async (onboarding: OnboardHost, endpoint: Endpoint, { model }: OnboardFlags): Promise<string> => {
  if (model !== undefined) return model;
  if (endpoint.provider === DEMO.provider) return 'demo';
  const usual = onboarding.known.find(({ id }) => id === endpoint.provider)?.model;
  const looking = clack.spinner();
  looking.start('Asking which models there are');
  const { models, problem } = await offeredBy(onboarding, endpoint);
  looking.stop(problem === undefined ? `${models.length} models` : `No list of models: ${plainLine(problem)}`);
  if (models.length === 0) return answered(clack.text({ message: 'Which model?', ...(usual !== undefined && { initialValue: usual }), validate: (value) => (value?.trim() ? undefined : 'The name of a model') }));
  // What an endpoint calls its models is shown as it is, but obeyed by no terminal.
  const options = models.map((id) => ({ value: id, label: plainLine(id) }));
  const first = usual !== undefined && models.includes(usual) ? usual : models[0];
  return answered(clack.autocomplete<string>({ message: 'Which model? (type to search)', options, maxItems: 10, ...(first !== undefined && { initialValue: first }) }));
};

const offeredBy = async (onboarding: OnboardHost, endpoint: Endpoint): Promise<{ readonly models: readonly string[]; readonly problem?: string }> => {
  try {
    return { models: await onboarding.models(endpoint) };
  } catch (thrown) {
    return { models: [], problem: wordsOf(thrown) };
  }
};

/** Whether the model answered, or is to be taken although it did not. */
const test = async (onboarding: OnboardHost, endpoint: Endpoint, model: string): Promise<boolean> => {
  const trying = clack.spinner();
  trying.start(`Asking ${plainLine(model)} for an answer`);
  try {
    const tested = await onboarding.try(endpoint, model);
    trying.stop('It answers');
    clack.log.message([...describeTest(tested)]);
    return true;
  } catch (thrown) {
    trying.error('It does not answer');
    clack.log.error(plain(wordsOf(thrown)));
    const next = await answered(
      clack.select({ message: 'And now?', options: [{ value: 'again', label: 'Choose again' }, { value: 'anyway', label: 'Take it anyway' }, { value: 'leave', label: 'Leave, and change nothing' }] }),
    );
    if (next === 'leave') throw nothingChanged();
    return next === 'anyway';
  }
};

const wordsOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

const nothingChanged = (): CliError => new CliError('Nothing was changed', 130);

/** The answer to a question; Ctrl-C leaves. */
const answered = async <T>(question: Promise<T>): Promise<Exclude<T, symbol>> => {
  const answer = await question;
  if (typeof answer === 'symbol') throw nothingChanged();
  // The only symbol an answer can be is the one that means leaving.
  return answer as Exclude<T, symbol>;
};

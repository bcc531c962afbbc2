import { type Client, named } from '@openclaw/client';
import type { createSession, listModels, sessionStatus } from '@openclaw/contract';
import { plainLine, writeLines } from '../kit/terminal.ts';
import { showMessage } from '../sessions/history.ts';
import { readHistory } from '../sessions/read-history.ts';

/** Where a chat goes and what answers there. */
export interface ChatPlace {
  readonly session: string;
  readonly model: string | undefined;
}

const CREATE = named<typeof createSession>('sessions.create');
const MODELS = named<typeof listModels>('models.list');
const STATUS = named<typeof sessionStatus>('sessions.status');
const SHOWN_MESSAGES = 20;

export const HELP: readonly string[] = [
  '/new             begin a conversation apart from the others',
  '/session <name>  go on in another session; alone: say which one this is',
  '/model <name>    ask another model from now on; alone: list them; "default": the usual one',
  '/history [n]     show the newest messages',
  '/quit            leave (also Ctrl-D)',
  '',
  'A line that ends with \\ goes on in the next. Ctrl-C cancels an answer. To begin a message with a slash, write two.',
];

const NAMES = ['/help', '/new', '/session', '/model', '/history', '/quit'];

export const completeCommand = (line: string): readonly string[] => (line.startsWith('/') ? NAMES.filter((name) => name.startsWith(line)) : []);

/** Does what a line with a slash asks for. Returns where the chat goes on, or undefined to leave. */
export const obey = async (line: string, place: ChatPlace, client: () => Promise<Client>): Promise<ChatPlace | undefined> => {
  const [name = '', ...rest] = line.trim().split(/\s+/);
  const argument = rest.join(' ');
  switch (name) {
    case '/quit':
    case '/exit':
      return undefined;
    case '/new': {
      const { key } = await (await client()).call(CREATE, argument === '' ? {} : { label: argument });
      writeLines([`This is ${plainLine(key)} now.`]);
      return { ...place, session: key };
    }
    case '/session':
      writeLines([`This is ${plainLine(argument || place.session)}${argument === '' ? '.' : ' now.'}`]);
      return argument === '' ? place : { ...place, session: argument };
    case '/model':
      return chooseModel(argument, place, await client());
    case '/history':
      for (const message of await readHistory(await client(), { session: place.session, limit: Number(argument) || SHOWN_MESSAGES, tools: false })) showMessage(message);
      return place;
    default:
      writeLines(name === '/help' ? HELP : [`There is no ${plainLine(name)}.`, ...HELP]);
      return place;
  }
};

const chooseModel = async (name: string, place: ChatPlace, client: Client): Promise<ChatPlace> => {
  if (name === 'default') {
    writeLines(['The usual model answers from now on.']);
    return { ...place, model: undefined };
  }
  if (name !== '') {
    writeLines([`${plainLine(name)} is asked from now on.`]);
    return { ...place, model: name };
  }
  const { default: usual, providers } = await client.call(MODELS, {});
  const now = place.model ?? usual;
  writeLines(providers.flatMap(({ provider, models }) => models.map((model) => `${provider}/${model}`)).map((id) => `${id === now ? '*' : ' '} ${plainLine(id)}`));
  return place;
};

/** The model that answers in a session, and nothing where it is not there yet. */
export const modelOf = async (client: Client, { session, model }: ChatPlace): Promise<string> => {
  if (model !== undefined) return model;
  const status = await client.call(STATUS, { session }).catch(() => undefined);
  return status?.config.model ?? (await client.call(MODELS, {})).default;
};

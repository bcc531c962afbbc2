import { discordChannel } from '../../packages/gateway/src/drivers/channels/discord/index.ts';
import { slackChannel } from '../../packages/gateway/src/drivers/channels/slack/index.ts';
import { telegramChannel } from '../../packages/gateway/src/drivers/channels/telegram/index.ts';
import { whatsappChannel } from '../../packages/gateway/src/drivers/channels/whatsapp/index.ts';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { type ChannelAdapter, type ChannelContext, type ChannelDriver, ChannelFailure, type InboundMessage } from '../../packages/gateway/src/engine/ports/channel.ts';
import type { HttpClient } from '../../packages/gateway/src/engine/ports/http-client.ts';
import { startDiscordServer } from '../support/discord-server.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { startListener } from '../support/listener.ts';
import { startSlackServer } from '../support/slack-server.ts';
import { startTelegramServer } from '../support/telegram-server.ts';
import { holding } from '../support/vendor-server.ts';
import { startWhatsappServer } from '../support/whatsapp-server.ts';

/** How an adapter reaches its service. */
interface World {
  readonly http: HttpClient;
  /** Where the configuration says that a service is. */
  readonly home: (url: string) => string;
}

/** What an adapter does where its service names an address. Rejects, by a failure of the channel or as `StaysHere`, where it does not go there. */
type Walk = (url: string, world: World) => Promise<void>;

class StaysHere extends Error {}

const FILE = { name: 'a.txt', type: 'text/plain', content: Buffer.from('what is in it') };
const IN_TIME_MS = 5_000;
const ever = new AbortController().signal;
const asSocket = (url: string): string => url.replace(/^http/, 'ws');

interface Connected extends AsyncDisposable {
  readonly adapter: ChannelAdapter;
  readonly context: ChannelContext;
  /** Brings what is attached to the next message. */
  brings(): Promise<void>;
}

const connect = async (driver: ChannelDriver, section: Readonly<Record<string, unknown>>, { http }: World, place?: string): Promise<Connected> => {
  const received: InboundMessage[] = [];
  const context: ChannelContext = {
    received: async (message) => void received.push(message), invited: () => false, connected: () => {}, disconnected: () => {}, memory: { recall: async () => place, keep: async () => {} },
  };
  const adapter = driver.open(section, { http, log: () => {} });
  await adapter.connect(context).catch(async (thrown: unknown) => {
    await adapter.disconnect();
    throw thrown;
  });
  return {
    adapter, context,
    brings: async () => {
      await holding(() => received.length > 0, IN_TIME_MS, () => ({ received }));
      const bring = received[0]?.attachments[0]?.fetch;
      if (!bring) throw new StaysHere('it cannot be brought');
      await bring(1_000, ever);
    },
    [Symbol.asyncDispose]: () => adapter.disconnect(),
  };
};

const slack = async (world: World) => {
  const server = await startSlackServer();
  const { botToken, appToken, signingSecret } = server;
  return { server, bySocket: { botToken, appToken, apiUrl: world.home(server.url) }, byRequests: { botToken, signingSecret, apiUrl: world.home(server.url) } };
};

/** Each place in an answer that is an address. */
const WALKS: Readonly<Record<string, Walk>> = {
  'the socket of Slack': async (url, world) => {
    const { server, bySocket } = await slack(world);
    await using _ = server;
    server.socketsAt = asSocket(url);
    await using connected = await connect(slackChannel, bySocket, world);
    await connected.brings();
  },
  'where Slack wants a file': async (url, world) => {
    const { server, byRequests } = await slack(world);
    await using _ = server;
    server.files.placeAt = url;
    await using connected = await connect(slackChannel, byRequests, world);
    await connected.adapter.sendFile?.({ address: { channel: 'slack', to: 'D0ANN' }, ...FILE });
  },
  'where Slack keeps a file': async (url, world) => {
    const { server, bySocket } = await slack(world);
    await using _ = server;
    await using connected = await connect(slackChannel, bySocket, world);
    server.says({ text: 'look', subtype: 'file_share', files: [{ ...server.files.has(FILE), url_private: url, url_private_download: url }] });
    await connected.brings();
  },
  'where Slack points on to': async (url, world) => {
    const { server, bySocket } = await slack(world);
    await using _ = server;
    server.files.pointsTo = url;
    await using connected = await connect(slackChannel, bySocket, world);
    server.says({ text: 'look', subtype: 'file_share', files: [server.files.has(FILE)] });
    await connected.brings();
  },
  'the gateway of Discord': async (url, world) => {
    await using server = await startDiscordServer();
    server.gatewayAt = asSocket(url);
    await using connected = await connect(discordChannel, { botToken: server.token, apiUrl: world.home(server.url) }, world);
    await connected.brings();
  },
  'where a session of Discord goes on': async (url, world) => {
    await using server = await startDiscordServer();
    server.resumesAt = asSocket(url);
    await using _ = await connect(discordChannel, { botToken: server.token, apiUrl: world.home(server.url) }, world);
    await server.until(() => server.frames.length === 1);
    server.pushes({ op: 7 });
    await server.until(() => server.frames.length === 2);
    begunAnew(server.frames.at(-1)?.op);
  },
  'where a session of Discord went on before a restart': async (url, world) => {
    await using server = await startDiscordServer();
    const place = JSON.stringify({ bot: server.bot.id, session: { id: 'session-1', url: asSocket(url), seq: 1 } });
    await using _ = await connect(discordChannel, { botToken: server.token, apiUrl: world.home(server.url) }, world, place);
    await server.until(() => server.frames.length === 1);
    begunAnew(server.frames.at(-1)?.op);
  },
  'where Discord keeps a file': async (url, world) => {
    await using server = await startDiscordServer();
    await using connected = await connect(discordChannel, { botToken: server.token, apiUrl: world.home(server.url) }, world);
    await server.until(() => server.frames.length === 1);
    server.says({ content: 'look', attachments: [{ ...server.keeps(FILE), url }] });
    await connected.brings();
  },
  'where WhatsApp keeps a file': async (url, world) => {
    await using server = await startWhatsappServer();
    server.liesAt(url);
    await using connected = await connect(whatsappChannel, { ...server.section, apiUrl: world.home(server.section.apiUrl) }, world);
    server.comesTo(async (body, signature) => {
      await connected.adapter.answer?.({ method: 'POST', header: (name) => (name === 'x-hub-signature-256' ? signature : undefined), parameter: () => undefined, body: Buffer.from(body) }, connected.context);
      return 200;
    });
    server.says({ more: { type: 'document', document: { id: server.has(FILE), filename: FILE.name, mime_type: FILE.type } } });
    await connected.brings();
  },
  'where Telegram keeps a file': async (url, world) => {
    await using server = await startTelegramServer();
    server.liesAt(url);
    await using connected = await connect(telegramChannel, { botToken: server.token, apiUrl: world.home(server.url) }, world);
    server.says({ chat: server.person(42, 'Ann'), more: { document: server.has(FILE) } });
    await connected.brings();
  },
};

/** A session that cannot be gone on with is followed by another one, where the service is. */
const begunAnew = (op: number | undefined): void => {
  if (op === 2) throw new StaysHere('another session was begun');
};

/** The canary, in ways to write it. */
const spelled = (port: number): readonly string[] => [
  `http://127.0.0.1:${port}/stolen`, `http://localhost:${port}/stolen`, `https://127.0.0.1:${port}/stolen`, `http://2130706433:${port}/stolen`, `http://[::ffff:127.0.0.1]:${port}/stolen`,
  `https://slack.com@127.0.0.1:${port}/stolen`, `https://gateway.discord.gg:x@127.0.0.1:${port}/stolen`, `http://127.0.0.1:${port}/stolen#.slack.com`,
];

/** The configuration says that services are where the canary is, and their API is reached all the same: what an answer names is no stranger then. */
const everythingIsHome = (http: HttpClient, canary: number): World => {
  let real = '';
  return {
    home: (url) => {
      real = new URL(url).port;
      return url.replace(real, String(canary));
    },
    http: { ...http, request: (url, asked) => http.request(url.includes('/stolen') ? url : url.replace(`:${canary}/`, `:${real}/`), asked) },
  };
};

const follow = async ({ most = Number.POSITIVE_INFINITY, broken }: { readonly most?: number; readonly broken?: typeof everythingIsHome } = {}): Promise<Outcome> => {
  const problems = new Problems();
  await using canary = await startListener();
  const http = openHttpClient({ connectTimeoutMs: 2_000 });
  const world = broken?.(http, canary.port) ?? { http, home: (url: string) => url };
  let refused = 0;
  try {
    for (const [what, walk] of Object.entries(WALKS)) {
      for (const url of spelled(canary.port).slice(0, most)) {
        const before = canary.visits;
        const end = await walk(url, world).then(() => 'it was as good as any', (thrown: unknown) => thrown);
        const stayed = end instanceof ChannelFailure || end instanceof StaysHere;
        problems.expect(canary.visits === before, `${what}: ${url} was dialled`);
        problems.expect(stayed, `${what}: ${url}: ${String(end)}`);
        if (stayed) refused++;
      }
    }
  } finally {
    await http.close();
  }
  return { figures: `${Object.keys(WALKS).length} places in answers, each with ${Math.min(most, spelled(0).length)} addresses of this machine: ${refused} not followed, ${canary.visits} connects`, problems: problems.all };
};

export const secondHops: Scenario = {
  id: 'second-hops',
  title: 'W6 an address in an answer leads nowhere but to the service',
  quick: () => follow({ most: 3 }),
  full: () => follow(),
  red: { 'what an answer names is taken for the service itself': () => follow({ most: 1, broken: everythingIsHome }) },
};

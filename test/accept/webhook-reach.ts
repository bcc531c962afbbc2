import { buildConnector } from 'undici';
import { NAMES, OUT_OF_REACH } from '../../packages/gateway/src/drivers/http/undici/__fixtures__/out-of-reach.ts';
import { type HttpClientOptions, openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { type Caller, owner } from '../../packages/gateway/src/engine/access/index.ts';
import type { GuardedHttpClient } from '../../packages/gateway/src/engine/ports/http-client.ts';
import { isThisHost } from '../../packages/gateway/src/kernel/addresses.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { type Listener, startListener } from '../support/listener.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import { openWebhookWorld, type WebhookWorld } from '../support/webhook-world.ts';

interface Scale {
  /** How often each of it is tried. */
  readonly rounds: number;
  readonly broken?: (options: HttpClientOptions) => GuardedHttpClient & { close(): Promise<void> };
}

/** May register webhooks, and not have them point into this machine. */
const stranger: Caller = { ...owner, id: 'stranger', permissions: new Set(['webhooks:read', 'webhooks:write']) };
const PUBLIC = '198.41.0.4';
const REDIRECTS = [301, 302, 303, 307, 308] as const;

/** An address as it is written, with the canary's port. */
const atPort = (url: string, port: number): string => url.replace(/^(https?:(?:\/\/|\\\\)?[^/]*?)(?::\d+)?(\/|$)/, `$1:${port}$2`);

/** All that a stranger can think of to have the gateway call this machine, or one beside it. */
const probe = async ({ rounds, broken = openHttpClient }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  await using stack = new AsyncDisposableStack();
  const canary = stack.use(await startListener());
  const own = stack.use(await startListener());
  const dialled: string[] = [];
  const connect = buildConnector({ timeout: 2_000, allowH2: false });
  const rebound = new Map<string, number>();
  const http = broken({
    ownPorts: () => [own.port],
    resolve: async (host) => {
      const asked = (rebound.get(host) ?? 0) + 1;
      rebound.set(host, asked);
      if (host.startsWith('rebinding')) return [asked % 2 === 1 ? PUBLIC : '127.0.0.1'];
      return NAMES[host] ?? [];
    },
    // What is of this machine is dialled indeed, so that the canary has the last word; nothing else is.
    dial: (options, answer) => {
      dialled.push(`${options.hostname}:${options.port}`);
      if (isThisHost(options.hostname)) connect(options, answer);
      else answer(new Error('not dialled in a test'), null);
    },
  });
  stack.defer(() => http.close());
  const world = stack.use(await openWebhookWorld({ http, now: Date.now }));

  await byAProxy(canary, async () => {
    for (let round = 0; round < rounds; round++) {
      await spellings(world, { round, port: canary.port, dialled, problems });
      await rebinding(world, { round, port: canary.port, dialled, problems });
    }
  });
  problems.expect(canary.visits === 0, `a listener of this machine was called ${canary.visits} times`);
  const hops = await redirects(world, { port: canary.port, problems });
  problems.expect(canary.visits === 0, `a listener of this machine was called ${canary.visits} times, by a redirect`);
  await ownPorts(world, { port: own.port, dialled, problems });
  problems.expect(own.visits === 0, `the gateway called itself ${own.visits} times`);
  return { figures: `${OUT_OF_REACH.length} URLs, ${rounds} ${rounds === 1 ? 'time' : 'times'}, and names that change what they mean: ${canary.visits + own.visits} connects; ${REDIRECTS.length * hops.targets} redirects, ${hops.followed} followed`, problems: problems.all };
};

interface Around {
  readonly round: number;
  readonly port: number;
  readonly dialled: string[];
  readonly problems: Problems;
}

/** A proxy of the environment is asked by nobody. */
const byAProxy = async (canary: Listener, work: () => Promise<void>): Promise<void> => {
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY'];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) process.env[name] = `http://127.0.0.1:${canary.port}`;
  try {
    await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
};

/** Refused where it is registered, and where it is sent though it got in. */
const spellings = async (world: WebhookWorld, { round, port, dialled, problems }: Around): Promise<void> => {
  const targets = OUT_OF_REACH.flatMap((url) => [...new Set([url, atPort(url, port)])]);
  for (const [n, url] of targets.entries()) {
    const taken = await world.create({ url, events: ['skill.installed'], retries: 0 }, stranger).then(() => true, () => false);
    problems.expect(!taken, `${JSON.stringify(url)} was registered`);
    await world.smuggle(`wh_${round}_${n}`, url);
  }
  const before = dialled.length;
  await world.tell(`spelled-${round}`);
  await world.settle();
  problems.expect(dialled.length === before, `dialled: ${dialled.slice(before, before + 5).join(', ')}`);
  for (const n of targets.keys()) await world.store.removeWebhook(`wh_${round}_${n}`);
};

/** Public when it is looked at, and this machine a moment later. */
const rebinding = async (world: WebhookWorld, { round, port, dialled, problems }: Around): Promise<void> => {
  const { id } = await world.create({ url: `http://rebinding-${round}.example:${port}/`, events: ['skill.installed'], retries: 0 }, stranger);
  // The door's own look was the first; each delivery finds the other answer, or the first one again.
  for (let n = 0; n < 4; n++) {
    await world.tell(`rebound-${round}-${n}`);
    await world.settle();
  }
  const wrong = dialled.filter((to) => to !== `${PUBLIC}:${port}`);
  problems.expect(wrong.length === 0, `a name that means something else each time was dialled at ${wrong.join(', ')}`);
  await world.store.removeWebhook(id);
};

/** An endpoint that may be called sends us on: to the canary, into a file, back to itself. */
const redirects = async (world: WebhookWorld, { port, problems }: Pick<Around, 'port' | 'problems'>): Promise<{ readonly targets: number; readonly followed: number }> => {
  let status = 0;
  let target = '';
  await using receiver = await startReceiver((_, __, response) => {
    response.setHeader('location', target);
    return status;
  });
  const { id } = await world.create({ url: receiver.url, events: ['skill.installed'], retries: 0 });
  const targets = [`http://127.0.0.1:${port}/`, 'file:///etc/passwd', receiver.url, '//localhost/'];
  let sent = 0;
  for (target of targets) {
    for (status of REDIRECTS) {
      sent++;
      await world.tell(`redirected-${sent}`);
      await world.settle();
    }
  }
  const followed = receiver.received.length - sent;
  problems.expect(followed === 0, `${followed} redirects were followed`);
  const { deliveries } = await world.store.listDeliveries({ webhookId: id, states: ['failed'], limit: 100, offset: 0 });
  problems.expect(deliveries.length === sent, `${deliveries.length} of ${sent} redirects count as failures`);
  await world.store.removeWebhook(id);
  return { targets: targets.length, followed };
};

/** Not even whoever may do everything. */
const ownPorts = async (world: WebhookWorld, { port, dialled, problems }: Pick<Around, 'port' | 'dialled' | 'problems'>): Promise<void> => {
  for (const [n, host] of ['127.0.0.1', '127.8.9.10', 'localhost', '[::1]', '[::]', '0.0.0.0', '[::ffff:127.0.0.1]'].entries()) {
    const url = `http://${host}:${port}/`;
    const taken = await world.create({ url, events: ['skill.installed'] }).then(() => true, () => false);
    problems.expect(!taken, `${url}, a port of the gateway itself, was registered`);
    await world.smuggle(`wh_own_${n}`, url);
  }
  const before = dialled.length;
  await world.tell('to-itself');
  await world.settle();
  problems.expect(dialled.length === before, `dialled: ${dialled.slice(before).join(', ')}`);
};

/** Goes where an answer says. */
const obedient = (options: HttpClientOptions) => {
  const http = openHttpClient(options);
  const request: typeof http.request = async (url, asked) => {
    const answer = await http.request(url, asked);
    const next = answer.headers['location'];
    return next?.startsWith('http') === true && !url.includes('#again') ? request(`${next}#again`, asked) : answer;
  };
  return { ...http, request };
};

/** Looks at what a name means, and lets the dial find out again. */
const looksTwice = (options: HttpClientOptions) => {
  const http = openHttpClient(options);
  return {
    ...http,
    request: async (url: string, asked: Parameters<typeof http.request>[1]) => {
      if (asked.reach) await http.checkReach(url, asked.reach);
      return http.request(url, { ...asked, reach: { private: true } });
    },
  };
};

export const webhookReach: Scenario = {
  id: 'webhook-reach',
  title: 'W6 no webhook gets at this machine',
  quick: () => probe({ rounds: 1 }),
  full: () => probe({ rounds: 20 }),
  red: {
    'redirects are followed': () => probe({ rounds: 1, broken: obedient }),
    'a name is resolved again for the dial': () => probe({ rounds: 1, broken: looksTwice }),
    'its own ports are as good as any': () => probe({ rounds: 1, broken: (options) => openHttpClient({ ...options, ownPorts: () => [] }) }),
  },
};

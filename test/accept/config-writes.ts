import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { type AuditRecord, listAudit, verifyAudit } from '@openclaw/contract';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';

interface Scale {
  readonly patches: number;
  readonly writers: number;
  readonly kills: number;
  readonly lifeMs: number;
  readonly mutant?: Mutant;
}

const SECRET = 'what-the-variable-of-the-provider-holds';
const START = 1_000;

/** What the writers know: which values of the shared counter were promised to whom, and which may be there though nobody was told. */
class Ledger {
  readonly accepted = new Map<number, number>();
  readonly unknown = new Set<number>();
  /** Of each writer's own key: the last that was promised, and those sent after it. */
  readonly own: { last: number; sent: number[] }[] = [];
  readonly answered: string[] = [];
  conflicts = 0;
  sent = 0;

  accept(value: number): void {
    this.accepted.set(value, (this.accepted.get(value) ?? 0) + 1);
  }

  mayBe(value: number): boolean {
    return value === START || this.accepted.has(value) || this.unknown.has(value);
  }
}

interface Config {
  readonly agents: { readonly defaults: { readonly timeoutSeconds: number } };
  readonly models: { readonly aliases: Readonly<Record<string, string>> };
}

/** One writer: most of its patches raise a counter that all share, with the version it read; the others set a key of its own, without. */
const write = async (me: number, gateway: () => GatewayProcess, ledger: Ledger, patches: number): Promise<void> => {
  const own = (ledger.own[me] = { last: 0, sent: [] as number[] });
  const ask = async (method: string, id: string, body?: object, version?: string) => {
    const { url, token } = gateway();
    const response = await fetch(`${url}/api/v1/config`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'x-request-id': id, ...(body && { 'content-type': 'application/json' }), ...(version && { 'if-match': version }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    // What this route answers with.
    return { status: response.status, etag: response.headers.get('etag') ?? '', config: (await response.json()) as Config };
  };
  while (ledger.answered.length < patches) {
    const turn = ledger.sent++;
    const id = `w${me}-${turn}`;
    const shared = turn % 8 !== 0;
    let value = 0;
    try {
      if (shared) {
        const { status, config, etag } = await ask('GET', `${id}-get`);
        if (status !== 200) continue;
        value = config.agents.defaults.timeoutSeconds + 1;
        ledger.unknown.add(value);
        const patched = await ask('PATCH', id, { agents: { defaults: { timeoutSeconds: value } } }, etag);
        if (patched.status === 200) ledger.accept(value);
        if (patched.status === 409) ledger.conflicts++;
        if (patched.status === 200 || patched.status === 409) ledger.answered.push(id);
      } else {
        own.sent.push(turn);
        const { status } = await ask('PATCH', id, { models: { aliases: { [`w${me}`]: `test/m${turn}` } } });
        if (status !== 200) continue;
        [own.last, own.sent] = [turn, own.sent.filter((one) => one > turn)];
        ledger.answered.push(id);
      }
    } catch {
      // The gateway was killed in the middle: what became of it is not known.
      await sleep(50);
    }
  }
};

/** What must hold of the file at any moment nobody writes, killed or not. */
const checkFile = async (folder: string, ledger: Ledger, problems: Problems): Promise<void> => {
  const file = join(folder, 'openclaw.json');
  const text = await readFile(file, 'utf8');
  problems.expect(((await stat(file)).mode & 0o777) === 0o600, 'others may read the file');
  problems.expect(text.includes('${PROVIDER_KEY}') && !text.includes(SECRET), 'a variable was written out');
  let config: Config;
  try {
    config = JSON.parse(text) as Config;
  } catch {
    problems.add(`the file cannot be read: ${text.slice(0, 80)}`);
    return;
  }
  problems.expect(ledger.mayBe(config.agents.defaults.timeoutSeconds), `the file says ${config.agents.defaults.timeoutSeconds}, which nobody asked for`);
  for (const [me, { last, sent }] of ledger.own.entries()) {
    const value = Number(/\d+$/.exec(config.models.aliases[`w${me}`] ?? '0')?.[0]);
    problems.expect(value === last || sent.includes(value), `writer ${me} was promised ${last}, and the file says ${value}`);
  }
};

/** Patches from all sides, while the gateway is killed again and again: no change that was promised is lost, and each has its row in the log. */
const writeConfig = async ({ patches, writers, kills: wanted, lifeMs, mutant }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const random = seeded(20_260_707);
  const folder = await makeStateDirectory('http://127.0.0.1:1', {
    models: { providers: { test: { api: 'openai', baseUrl: 'http://127.0.0.1:1', apiKey: '${PROVIDER_KEY}' } }, aliases: {} },
    agents: { defaults: { timeoutSeconds: START } },
    logging: { level: 'fatal' },
  });
  const options = { folder, env: { PROVIDER_KEY: SECRET }, args: mutant ? ['--mutant', mutant] : [] };
  let gateway = await startProcess(options);
  const port = portOf(gateway);
  const ledger = new Ledger();
  try {
    let over = false;
    const writing = Promise.all(Array.from({ length: writers }, (_, me) => write(me, () => gateway, ledger, patches))).finally(() => (over = true));
    let kills = 0;
    while (kills < wanted) {
      await Promise.race([sleep(lifeMs * (0.7 + 0.6 * random())), writing]);
      if (over) break;
      await gateway.end('SIGKILL');
      kills++;
      await checkFile(folder, ledger, problems);
      gateway = await startProcess({ ...options, port });
    }
    await writing;
    await checkFile(folder, ledger, problems);
    const doubled = [...ledger.accepted].filter(([, times]) => times > 1);
    problems.expect(doubled.length === 0, `${doubled.length} updates were lost: two writers were promised the same step`);
    problems.expect(kills === wanted, `only ${kills} kills, ${wanted} wanted`);
    problems.expect(ledger.conflicts > 0, 'nobody ever met a conflict: the check sees nothing');
    const { rows, unrecorded } = await checkAudit(gateway, ledger, problems);
    const drafts = (await readdir(folder)).filter((name) => name.endsWith('.tmp')).length;
    // The last kill may have left one of the file and one of its copy.
    problems.expect(drafts <= 2, `${drafts} half-written files lie about`);
    return {
      figures: `${ledger.answered.length} patches answered of ${ledger.sent} by ${writers} writers, ${kills} kills, ${ledger.accepted.size} steps, ${ledger.conflicts} conflicts, ${doubled.length} lost; ${rows} audit rows in order, ${unrecorded} of ${ledger.answered.length} answers without one; ${drafts} drafts left`,
      problems: problems.all,
    };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

/** The chain holds over all kills, and each answer has its one row. */
const checkAudit = async ({ url, token }: GatewayProcess, ledger: Ledger, problems: Problems): Promise<{ readonly rows: number; readonly unrecorded: number }> => {
  const client = connect({ baseUrl: url, token });
  const verdict = await client.call(verifyAudit, {});
  problems.expect(verdict.ok, `the chain is broken: ${verdict.broken?.reason ?? ''}`);
  const seen = new Map<string, AuditRecord[]>();
  for (let before: number | null | undefined; before !== null; ) {
    const page = await client.call(listAudit, { operation: 'config.patch', limit: 1_000, ...(before !== undefined && { before }) });
    for (const entry of page.entries) seen.set(entry.requestId ?? '', [...(seen.get(entry.requestId ?? '') ?? []), entry]);
    before = page.next;
  }
  const unrecorded = ledger.answered.filter((id) => seen.get(id)?.length !== 1);
  problems.expect(unrecorded.length === 0, `${unrecorded.length} changes that were answered have not one row in the audit log`);
  return { rows: verdict.rows, unrecorded: unrecorded.length };
};

const QUICK: Scale = { patches: 160, writers: 12, kills: 3, lifeMs: 350 };

export const configWrites: Scenario = {
  id: 'config-writes',
  title: 'D5 configuration writes, and A6 their audit',
  quick: () => writeConfig(QUICK),
  full: () => writeConfig({ patches: 2_000, writers: 20, kills: 20, lifeMs: 500 }),
  red: {
    'versions are not looked at': () => writeConfig({ ...QUICK, kills: 0, mutant: 'ignores-versions' }),
    'the log is written when there is time': () => writeConfig({ ...QUICK, mutant: 'audits-later' }),
  },
};

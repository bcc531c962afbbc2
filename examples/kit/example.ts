/**
 * What an example's `check.ts` exports, and how it is checked: in a copy of its folder, as a developer has it, with a real gateway, a
 * scripted model, and the key or the configuration that its README says how to make.
 */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sessionHistory } from '@openclaw/contract';
import { freePort } from '../../test/cli/program.ts';
import { type Desk, makeDesk, type Outcome, type Program } from '../../test/printed/desk.ts';
import { needs } from '../../test/support/debian.ts';
import { startGateway, type TestGateway } from '../../test/support/gateway.ts';
import type { ModelScript } from '../../test/support/model-server.ts';
import { clientProject } from '../../test/support/packed-clients.ts';
import { noPython } from '../../test/support/python.ts';
import { findPython, type PythonNeeds } from './python.ts';

const EXAMPLES = join(import.meta.dirname, '..');
const MAIN = join(EXAMPLES, '../packages/gateway/src/app/main.ts');
/** As the launcher has it: what was compiled once need not be again. */
const COMPILED = join(EXAMPLES, '../.cache/compile');

export interface Check {
  /** How it is run, as README.md says. */
  readonly command: string;
  /** Programs of Debian it needs. */
  readonly programs?: readonly string[];
  readonly python?: PythonNeeds;
  /** The variable with the address it listens at, which the configuration names, too. */
  readonly listensAt?: string;
  /** It imports a published client. */
  readonly imports?: 'clients';
  readonly run: (stage: Stage) => Promise<void>;
}

interface Stage {
  readonly gateway: TestGateway;
  /** Where the copy is, and the home of whoever runs it. */
  readonly folder: string;
  /** The secret that README.md's command made: of a key, or of a webhook. */
  readonly secret: string;
  /** Runs the command; `env` goes before what README.md exports. */
  run(env?: Environment): Promise<Outcome>;
  /** The same where it must go well and complain of nothing; resolves to what it printed. */
  says(env?: Environment): Promise<string>;
  /** Begins the command. */
  start(env?: Environment): Program;
  /** What the agent was asked, oldest first. */
  heard(): readonly (string | undefined)[];
  /** What it was told in this session, without the marks around words from outside. */
  told(session: string): Promise<readonly string[]>;
}

type Environment = Readonly<Record<string, string>>;

export interface Example {
  readonly name: string;
  readonly check: Check;
  readonly readme: string;
}

export const findExamples = (): Promise<readonly Example[]> =>
  Promise.all(
    globSync('*/check.ts', { cwd: EXAMPLES }).toSorted().map(async (file) => {
      const name = dirname(file);
      // Each check.ts exports this; one that does not fails at its first use.
      const { check } = (await import(join(EXAMPLES, file))) as { readonly check: Check };
      return { name, check, readme: await readFile(join(EXAMPLES, name, 'README.md'), 'utf8') };
    }),
  );

/** Empty where this machine has what the example needs; else why it is skipped. */
export const missingFor = async ({ check }: Example): Promise<string> =>
  (await needs(...(check.programs ?? []), ...(check.python === 'requests' ? ['python3-requests'] : []))) || (check.python === undefined ? '' : noPython);

/** The line that makes the key or the secret, the name of the variable it goes into, and what stands in the configuration. */
export const accessOf = ({ name, readme }: Example): { readonly command: string; readonly variable: string; readonly config?: Readonly<Record<string, unknown>> } => {
  const [, making] = /^export OPENCLAW_WEBHOOK_SECRET=\$\((.*)\)$/m.exec(readme) ?? [];
  const [, config] = /^```json\n([^]*?)^```$/m.exec(readme) ?? [];
  // A configuration is an object.
  if (making !== undefined && config !== undefined) return { command: making, variable: 'OPENCLAW_WEBHOOK_SECRET', config: JSON.parse(config) as Readonly<Record<string, unknown>> };
  const [command] = /^(?:openclaw api-key|claw token) create .*$/m.exec(readme) ?? [];
  const [, variable] = /^export (OPENCLAW_(?:API_KEY|TOKEN))=/m.exec(readme) ?? [];
  if (command === undefined || variable === undefined) throw new Error(`${name}/README.md does not say how to make its key`);
  return { command, variable };
};

const hearing: ModelScript = ({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text}`, usage: { inputTokens: 800, outputTokens: 42 } });

export const checkExample = async (example: Example): Promise<void> => {
  const { name, check, readme } = example;
  assert.ok(readme.includes(`\n${check.command}\n`), `${name}/README.md does not say: ${check.command}`);
  await using cleanup = new AsyncDisposableStack();
  const project = check.imports === undefined ? undefined : cleanup.use(await clientProject());
  const desk = cleanup.use(await makeDesk(project && join(project.folder, 'node_modules')));
  await cp(join(EXAMPLES, name), desk.folder, { recursive: true });
  const path = await makePrograms(desk, check);
  const start = (command: string, env: Environment) => desk.run('bash', ['-c', command], { PATH: path, NODE_COMPILE_CACHE: COMPILED, ...env });
  const make = async (command: string, form: RegExp, env: Environment = {}): Promise<string> => {
    const made = await start(command, env).ended;
    const [secret = ''] = form.exec(made.out) ?? [];
    assert.notEqual(secret, '', `${command}: ${made.err}`);
    return secret;
  };

  const { command, variable, config } = accessOf(example);
  const place: Environment = check.listensAt === undefined ? {} : { [check.listensAt]: `http://127.0.0.1:${await freePort()}` };
  // The secret of a webhook is there before the gateway is; a key is made by the gateway.
  const shared = config && (await make(command, /^\S+$/m));
  const gateway = cleanup.use(await startGateway({ script: hearing, ...(shared !== undefined && { config, env: { [variable]: shared, ...place } }) }));
  const secret = shared ?? (await make(command, /\b(?:oclaw_live|ocl)_\w+/, { OPENCLAW_STATE_DIR: gateway.folder }));

  const exported = { OPENCLAW_URL: gateway.url, [variable]: secret, ...place };
  const stage: Stage = {
    gateway,
    folder: desk.folder,
    secret,
    start: (env = {}) => start(check.command, { ...exported, ...python(check), ...env }),
    run: (env) => stage.start(env).ended,
    says: async (env) => {
      const { code, out, err } = await stage.run(env);
      assert.deepEqual([code, err], [0, ''], out);
      return out;
    },
    heard: () => gateway.model.requests.map(({ messages }) => messages.at(-1)?.text),
    told: async (session) => (await gateway.client.call(sessionHistory, { session })).messages.filter(({ role }) => role === 'user').map(({ text }) => text),
  };
  const { code, err } = await stage.run({ [variable]: '' });
  assert.ok(code !== 0 && err.includes(variable), `without ${variable} it says: ${err}`);
  await check.run(stage);
};

const python = (check: Check): Environment => (check.python === undefined ? {} : { PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' });

/** What is installed where the example is run: the command line, and the Python that finds what it imports. Resolves to a PATH. */
const makePrograms = async (desk: Desk, { python: needed }: Check): Promise<string> => {
  const folder = join(desk.folder, '.bin');
  await mkdir(folder);
  const install = (program: string, line: string) => writeFile(join(folder, program), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  for (const program of ['openclaw', 'claw']) await install(program, `exec '${process.execPath}' '${MAIN}' "$@"`);
  if (needed !== undefined) {
    const { interpreter, modules } = await findPython(needed);
    await install('python3', `PYTHONPATH='${modules.join(':')}' exec '${interpreter}' "$@"`);
  }
  return `${folder}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
};

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
const MAIN = join(EXAMPLES, '../bin/openclaw');
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
  /** What stands in README.md's configuration and gives way to that address, as README.md says how to. */
  readonly insteadOf?: readonly string[];
  /** It imports a published client. */
  readonly imports?: 'clients';
  /** In which of its ways it can be checked here, where there are several; stands behind its name. */
  readonly manner?: () => Promise<string>;
  readonly run: (stage: Stage) => Promise<void>;
}

interface Stage {
  readonly gateway: TestGateway;
  /** Where the copy is, and the home of whoever runs it. */
  readonly folder: string;
  /** The secret that README.md's command made: of a key, or of a webhook (the first, where there are several). */
  readonly secret: string;
  /** What is exported before the command: the addresses, and all that README.md made. */
  readonly exported: Environment;
  /** Runs the command; `env` goes before what README.md exports. */
  run(env?: Environment): Promise<Outcome>;
  /** The same where it must go well and complain of nothing; resolves to what it printed. */
  says(env?: Environment): Promise<string>;
  /** Begins the command. */
  start(env?: Environment): Program;
  /** Runs another line of README.md beside it, for the same gateway. */
  beside(line: string): Promise<Outcome>;
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

/** Empty where it is checked in one way only. */
export const mannerOf = async ({ check }: Example): Promise<string> => (check.manner === undefined ? '' : ` (${await check.manner()})`);

/** What README.md has its reader make and write before the program is run. */
interface Access {
  /** What stands in the configuration. */
  readonly config: string | undefined;
  /** Secrets that are there before the gateway is. */
  readonly secrets: readonly Made[];
  /** A key, which is made by the gateway. */
  readonly key: Made | undefined;
}

interface Made {
  readonly variable: string;
  /** The line that makes it. */
  readonly command: string;
}

export const accessOf = ({ name, readme }: Example): Access => {
  const [, config] = /^```json\n([^]*?)^```$/m.exec(readme) ?? [];
  const secrets = [...readme.matchAll(/^export (\w+)=\$\((.*)\)$/gm)].map(([, variable = '', command = '']) => ({ variable, command }));
  const [command] = /^(?:openclaw api-key|claw token) create .*$/m.exec(readme) ?? [];
  const [, variable] = /^export (OPENCLAW_(?:API_KEY|TOKEN))=/m.exec(readme) ?? [];
  const key = command !== undefined && variable !== undefined ? { variable, command } : undefined;
  if (key === undefined && (secrets.length === 0 || config === undefined)) throw new Error(`${name}/README.md does not say how to make its key`);
  return { config, secrets, key };
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

  const access = accessOf(example);
  const place: Environment = check.listensAt === undefined ? {} : { [check.listensAt]: `http://127.0.0.1:${await freePort()}` };
  const exported: Record<string, string> = { ...place };
  for (const { variable, command } of access.secrets) exported[variable] = await make(command, /^\S+$/m);
  const config = access.config && configOf(access.config, check.insteadOf ?? [], Object.values(place)[0]);
  const gateway = cleanup.use(await startGateway({ script: hearing, ...(config && { config, env: { ...exported } }) }));
  if (access.key) exported[access.key.variable] = await make(access.key.command, /\b(?:oclaw_live|ocl)_\w+/, { OPENCLAW_STATE_DIR: gateway.folder });
  exported['OPENCLAW_URL'] = gateway.url;
  const needed = [...access.secrets, ...(access.key ? [access.key] : [])];

  const stage: Stage = {
    gateway,
    folder: desk.folder,
    secret: exported[needed[0]?.variable ?? ''] ?? '',
    exported,
    beside: (line) => {
      assert.ok(readme.includes(`\n${line}\n`), `${name}/README.md does not say: ${line}`);
      // As from a terminal: what reads its input where that is a pipe would wait for ever.
      return start(`exec < /dev/null; ${line}`, { OPENCLAW_STATE_DIR: gateway.folder, ...exported }).ended;
    },
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
  for (const { variable } of needed) {
    const { code, err } = await stage.run({ [variable]: '' });
    assert.ok(code !== 0 && err.includes(variable), `without ${variable} it says: ${err}`);
  }
  await check.run(stage);
};

const configOf = (text: string, instead: readonly string[], place = ''): Readonly<Record<string, unknown>> => {
  const there = instead.reduce((adapted, address) => {
    assert.ok(adapted.includes(`"${address}`), `the configuration does not name ${address}`);
    return adapted.replaceAll(address, place);
  }, text);
  return JSON.parse(there) as Readonly<Record<string, unknown>>; // a configuration is an object
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

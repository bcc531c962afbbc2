/**
 * Programs written with our Python client, run by the machine's Python.
 *
 *   describe.skipIf(noPython)(`Python${noPython}`, …)          // the reason stands in the name
 *   await runPython('print(1)', { BASE: url });
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const PYTHON_PROJECTS = join(import.meta.dirname, '../../python');
export const PYTHON_SOURCES = join(PYTHON_PROJECTS, 'openclaw-client/src');
const LIMIT_MS = 30_000;

const find = async (): Promise<string | undefined> => {
  for (const python of ['/usr/bin/python3', 'python3']) {
    const isNewEnough = await run(python, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).then(() => true, () => false);
    if (isNewEnough) return python;
  }
  return undefined;
};
const found = process.env['TEST_PYTHON'] ?? (await find());

/** Empty where there is a Python; else why the tests that need it are skipped, for their name. */
export const noPython = found === undefined ? ' (skipped: needs python3, 3.9 or newer)' : '';

/** What a program says, which must end well and complain of nothing: warnings are errors. */
export const runPython = async (code: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
  const { stdout, stderr } = await run(found ?? 'python3', ['-W', 'error', '-c', code], { timeout: LIMIT_MS, env: { PATH: process.env['PATH'] ?? '', PYTHONPATH: PYTHON_SOURCES, PYTHONDONTWRITEBYTECODE: '1', ...env } });
  if (stderr !== '') throw new Error(stderr);
  return stdout;
};

/** The same program for either client: it is written for the one of asyncio, and without its `async` and `await` it is for the other. */
export const FLAVOURS = [
  { flavour: 'blocking', word: (code: string) => code.replaceAll(/\b(async|await) /g, '').replaceAll('aclose()', 'close()') },
  { flavour: 'asyncio', word: (code: string) => code },
] as const;

/** Runs the lines of a program in which `client` is the client and `tell(…)` prints JSON; gives what it told. */
export const tellsOf = async (flavour: (typeof FLAVOURS)[number], lines: string, env: Readonly<Record<string, string>>): Promise<readonly unknown[]> => {
  const isBlocking = flavour.flavour === 'blocking';
  const code = `
import asyncio, dataclasses, json, os, time
from openclaw import ${isBlocking ? 'OpenClaw' : 'AsyncOpenClaw'} as Client, OpenClawError
def tell(*values):
    print(json.dumps(values if len(values) > 1 else values[0], default=lambda one: {k: v for k, v in dataclasses.asdict(one).items() if k != "raw"} if dataclasses.is_dataclass(one) else str(one)))
def told(error):
    return {"code": error.code, "status": error.status, "headers": dict(error.headers), "request_id": error.request_id, "retry_after": error.retry_after, "details": dict(error.details), "message": str(error)}
async def main():
    client = Client(os.environ["BASE"], api_key=os.environ.get("KEY", "oclaw_live_secret"))
${lines.replaceAll(/^/gm, '    ')}
${isBlocking ? 'main()' : 'asyncio.run(main())'}
`;
  const out = await runPython(flavour.word(code), env);
  return out.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown);
};

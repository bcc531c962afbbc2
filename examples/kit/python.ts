import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonWith } from '../../test/support/debian.ts';
import { PYTHON_SOURCES } from '../../test/support/python.ts';

const STAND_IN = join(import.meta.dirname, 'flask-stand-in');

/** `requests`, or our client in a web application of Flask. */
export type PythonNeeds = 'requests' | 'flask';

/** An interpreter, and where it looks for modules beside its own. Where there is no Flask, or EXAMPLES_WITHOUT_FLASK is set, what looks like it takes its place. */
export const findPython = async (needed: PythonNeeds): Promise<{ readonly interpreter: string; readonly modules: readonly string[] }> => {
  if (needed === 'requests') return { interpreter: await executable(await pythonWith('requests')), modules: [] };
  const withFlask = process.env['EXAMPLES_WITHOUT_FLASK'] === undefined ? await pythonWith('flask').catch(() => undefined) : undefined;
  return {
    interpreter: await executable(withFlask ?? (await pythonWith('sys'))),
    modules: withFlask === undefined ? [PYTHON_SOURCES, STAND_IN] : [PYTHON_SOURCES],
  };
};

/** Its path: by its name it might find the one that leads to it. */
const executable = async (python: string): Promise<string> => (await promisify(execFile)(python, ['-c', 'import sys; print(sys.executable)'])).stdout.trim();

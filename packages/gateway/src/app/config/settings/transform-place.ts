import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { TransformPlace } from '../../../engine/ports/hook-transforms.ts';
import { isWithin } from '../../../kernel/inside.ts';
import { ConfigError } from '../config-error.ts';

const KINDS = /\.[cm]?[jt]s$/;

interface Asked {
  readonly module: string;
  readonly exportName: string | undefined;
  /** The key that names the module. */
  readonly key: string;
}

/** Finds the modules of transforms. What is no module below `root`, links followed, is refused: it would run as the gateway. */
export const transformPlaces = (file: string, root: string, written: string | undefined): ((asked: Asked) => TransformPlace) => {
  const folder = written === undefined ? root : resolve(root, written);
  const out = (key: string, why: string) => new ConfigError({ file, path: key }, why);
  if (!isInside(root, folder)) throw out('hooks.transformsDir', `"${written}" is not below ${root}; transforms lie there and nowhere else`);
  return ({ module, exportName, key }) => {
    if (isAbsolute(module) || /^[a-z]+:|[\\\0]/i.test(module)) throw out(key, `"${module}" is not a path below ${folder}: "mail.js", say`);
    const path = join(folder, module);
    if (!isInside(folder, path) || !isInside(root, path)) throw out(key, `"${module}" leads out of ${folder}; transforms lie there and nowhere else`);
    if (!KINDS.test(module)) throw out(key, `"${module}" is not a module: its name ends in .js, .mjs, .cjs, .ts, .mts or .cts`);
    return { folder, file: path, exportName };
  };
};

/** By their names, and by what their names really lead to. What is not there yet leads nowhere. */
const isInside = (folder: string, path: string): boolean => isWithin(folder, path) && isWithin(real(folder), real(path));

const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(real(above), path.slice(above.length));
  }
};

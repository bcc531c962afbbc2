import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { GatewayError } from '@openclaw/contract';
import { isWithin } from '../../kernel/inside.ts';
import type { AgentSettings } from './settings.ts';

/**
 * The real path of the folder that a task asks to work in: below the agent's own folder or one of the configured roots. Nothing is told
 * of what lies elsewhere, not even whether it is there.
 */
export const resolveWorkingDirectory = async (asked: string, { workspaceFolder, roots }: Pick<AgentSettings, 'workspaceFolder' | 'roots'>): Promise<string> => {
  if (asked.includes('\0')) throw invalid(asked, 'holds NUL');
  if (asked.startsWith('~')) throw invalid(asked, 'begins with "~", which means nothing to the gateway: give the whole path');
  const path = resolve(workspaceFolder, asked);
  const found = await realOf(path);
  const known = found ?? (await lastKnown(path));
  const allows = async (root: string): Promise<boolean> => {
    const real = await realOf(root);
    // A root that is not there itself has nothing in it: then its path is all that can be compared.
    return real === undefined ? found === undefined && isWithin(root, path) : isWithin(real, known);
  };
  const isAllowed = await Promise.all([workspaceFolder, ...roots].map(allows));
  if (!isAllowed.includes(true)) throw outside(asked);
  const isFolder = found !== undefined && (await stat(found).then((one) => one.isDirectory(), () => false));
  if (!isFolder) throw invalid(asked, found === undefined ? 'is not there' : 'is not a folder');
  return found;
};

const realOf = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);

/** Where a path that leads nowhere would have begun to: its nearest part that is there. */
const lastKnown = async (path: string): Promise<string> => {
  for (let part = dirname(path); ; part = dirname(part)) {
    const found = await realOf(part);
    if (found !== undefined || part === dirname(part)) return found ?? part;
  }
};

const shortened = (path: string): string => JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);

const invalid = (asked: string, why: string): GatewayError =>
  new GatewayError('invalid_request', `The working directory ${shortened(asked)} ${why}`, { path: 'options.workingDirectory' });

const outside = (asked: string): GatewayError =>
  new GatewayError('forbidden', `The working directory ${shortened(asked)} is neither in the agent's workspace folder nor in one of tools.roots; whoever configures the gateway may add it there`, {
    key: 'tools.roots', path: 'options.workingDirectory',
  });

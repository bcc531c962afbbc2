import { readdir, readFile, readlink } from 'node:fs/promises';
import type { GatewayProcess } from './fault-process.ts';

/** Where figures of another process can be read at all. */
export const FIGURES_MISSING = process.platform === 'linux' ? undefined : 'reads /proc';

export const memoryMB = async (pid: number): Promise<number> => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** Files and sockets that a process holds open. */
export const openFiles = async (pid: number): Promise<number> => (await readdir(`/proc/${pid}/fd`)).length;

/** The same without connections to this port: a pool keeps them for a while, however much was asked. */
export const openFilesButTo = async (pid: number, port: number): Promise<number> => {
  const kept = new Set<string>();
  for (const line of (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).split('\n').slice(1)) {
    // Past ten thousand the number before the colon leaves no blank before it.
    const [, , remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
    if (Number.parseInt(remote.split(':')[1] ?? '', 16) === port) kept.add(`socket:[${inode}]`);
  }
  const folder = `/proc/${pid}/fd`;
  // What is closed meanwhile has no name any more.
  const names = await Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => undefined)));
  return names.filter((name) => name !== undefined && !kept.has(name)).length;
};

/** What a gateway says of itself under `/metrics`; a metric without labels. */
export const gauge = async ({ url, token }: Pick<GatewayProcess, 'url' | 'token'>, name: string): Promise<number> => {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await response.text())?.[1]);
};

import { text as readAll } from 'node:stream/consumers';
import { plainLine, toJson, writeJson, writeLines, writeText } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';
import type { ConfigChanged, ConfigVerdict } from './host.ts';

export const configGet = async (host: CliHost, path: string | undefined, { showSecrets = false, json = false }: { readonly showSecrets?: boolean; readonly json?: boolean }): Promise<void> => {
  const config = await host.config();
  const value = await config.get(path, { showSecrets });
  if (value === undefined && path !== undefined) {
    const { file } = await config.file();
    const doubt = await config.doubt(path);
    throw new CliError(doubt ?? `${path} is not set in ${file}: its default counts`);
  }
  writeText(typeof value === 'string' && !json ? `${value}\n` : toJson(value));
};

export const configSet = async (host: CliHost, { path, value }: { readonly path: string; readonly value: string }, { string = false }: { readonly string?: boolean }): Promise<void> => {
  const config = await host.config();
  const text = value === '-' ? (await readAll(process.stdin)).replace(/\r?\n$/, '') : value;
  const changed = await config.set(path, text, { asText: string });
  const doubt = await config.doubt(path);
  if (doubt !== undefined) process.stderr.write(`openclaw: ${plainLine(doubt)}\n`);
  writeLines(changed.changed ? [`${path} is set in ${changed.file}`, whenItCounts(changed)] : [`${path} says that already in ${changed.file}`]);
};

export const configUnset = async (host: CliHost, path: string): Promise<void> => {
  const changed = await (await host.config()).unset(path);
  writeLines(changed.changed ? [`${path} is gone from ${changed.file}`, whenItCounts(changed)] : [`${path} is not in ${changed.file}: there is nothing to take away`]);
};

export const configValidate = async (host: CliHost, { json = false }: { readonly json?: boolean }): Promise<void> => {
  const verdict = await (await host.config()).check();
  if (json) writeJson({ file: verdict.file, exists: verdict.exists, ok: verdict.error === undefined, error: verdict.error ?? null, reports: verdict.reports });
  else writeLines(describe(verdict));
  if (verdict.error !== undefined) throw new CliError(json ? 'The configuration cannot be used' : verdict.error);
};

export const configPath = async (host: CliHost): Promise<void> => {
  const { file, exists } = await (await host.config()).file();
  writeText(`${file}\n`);
  if (!exists) process.stderr.write('openclaw: there is no such file yet; the defaults count\n');
};

/** What there is to tell besides the error itself. */
export const describe = ({ file, exists, error, reports }: ConfigVerdict): readonly string[] => {
  const told = reports.map(({ level, message }) => `${level === 'warn' ? 'warning' : 'note'}: ${plainLine(message)}`);
  if (error !== undefined) return told;
  return [...told, exists ? `${file} is sound` : `There is no ${file}: the defaults count, and they are sound`];
};

/** When a change takes effect, and what to do for it. */
export const whenItCounts = ({ needsRestart, running }: ConfigChanged): string => {
  if (!running) return 'It counts from the next start of the gateway.';
  if (needsRestart.length === 0) return 'The running gateway takes it up by itself.';
  return `Restart the gateway: ${needsRestart.join(', ')} ${needsRestart.length === 1 ? 'is' : 'are'} read at its start only.`;
};

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { canAsk, confirm, writeLines } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';
import type { ConfigHost } from './host.ts';
import { describe, whenItCounts } from './work.ts';

/** `openclaw config edit`: nothing but a sound text takes the file's place, and no edit is lost. */
export const configEdit = async (host: CliHost): Promise<void> => {
  const config = await host.config();
  const draft = await config.draft();
  // Named like the file, so that the editor knows its language; in a folder that nobody else may enter.
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-config-'));
  const copy = join(folder, basename(draft.file));
  await writeFile(copy, draft.text, { mode: 0o600 });
  const text = await editUntilSound(config, copy);
  if (text === draft.text) writeLines(['Nothing was changed.']);
  else {
    const changed = await config.replace(draft, text).catch((thrown: unknown) => {
      throw new CliError(`${thrown instanceof Error ? thrown.message : String(thrown)}. Your edit is kept in ${copy}`);
    });
    writeLines([`${changed.file} is what you made it.`, whenItCounts(changed)]);
  }
  await rm(folder, { recursive: true, force: true });
};

const editUntilSound = async (config: ConfigHost, copy: string): Promise<string> => {
  for (;;) {
    await openEditor(copy);
    const text = await readFile(copy, 'utf8');
    const verdict = await config.judge(text);
    for (const line of verdict.reports.length > 0 ? describe({ ...verdict, error: verdict.error ?? '' }) : []) process.stderr.write(`${line}\n`);
    if (verdict.error === undefined) return text;
    process.stderr.write(`openclaw: ${verdict.error}\n`);
    if (!canAsk() || !(await confirm('Open the editor again?'))) throw new CliError(`The file stays as it was. Your edit is kept in ${copy}`);
  }
};

const openEditor = async (file: string): Promise<void> => {
  const editor = process.env['VISUAL'] || process.env['EDITOR'] || 'vi';
  // An editor may come with options of its own ("code --wait"), so a shell reads it; the file is handed over as it is.
  const child = process.platform === 'win32' ? spawn(`${editor} "${file}"`, { shell: true, stdio: 'inherit' }) : spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new CliError(`The editor (${editor}) ended with ${String(code)}; the file stays as it was, and the copy is in ${file}. Set VISUAL or EDITOR to the editor you want`);
};

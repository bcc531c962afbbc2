import type { CliHost } from '../host.ts';
import { json } from '../kit/facts.ts';
import { type Colour, paint } from '../kit/paint.ts';
import type { Finding } from './doctor-host.ts';

const MARKS: Readonly<Record<Finding['level'], readonly [mark: string, colour: Colour]>> = {
  ok: ['ok', 'green'],
  warn: ['warn', 'yellow'],
  error: ['error', 'red'],
};

/** `openclaw doctor`: a line for each thing looked at, and below it what mends it. */
export const doctor = async (host: CliHost, flags: { readonly fix?: boolean; readonly json?: boolean }): Promise<void> => {
  const findings = await host.doctor.examine({ fix: flags.fix ?? false });
  const errors = findings.filter(({ level }) => level === 'error').length;
  process.stdout.write(flags.json ? json({ ok: errors === 0, findings }) : `${lines(findings)}\n${summary(findings, errors)}`);
  if (errors > 0) process.exitCode = 1;
};

const lines = (findings: readonly Finding[]): string => {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.map((finding) => line(finding, width)).join('');
};

const line = ({ level, check, message, mend }: Finding, width: number): string => {
  const [mark, colour] = MARKS[level];
  const margin = ' '.repeat(width + 9);
  const mending = mend === undefined ? '' : `${margin}${paint('grey', '→')} ${mend}\n`;
  return `${paint(colour, mark.padEnd(5))}  ${check.padEnd(width)}  ${message.replaceAll('\n', `\n${margin}`)}\n${mending}`;
};

const summary = (findings: readonly Finding[], errors: number): string => {
  const warnings = findings.filter(({ level }) => level === 'warn').length;
  if (errors + warnings === 0) return 'Everything is in order.\n';
  const fixable = findings.some(({ fix }) => fix === 'possible') ? ' To mend what is safe: openclaw doctor --fix' : '';
  return `${counted(errors, 'error')}, ${counted(warnings, 'warning')}.${fixable}\n`;
};

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

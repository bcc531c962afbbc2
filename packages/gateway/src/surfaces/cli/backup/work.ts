import type { BackupReport, CliHost } from '../host.ts';

export const backupCreate = async (host: CliHost, folder: string | undefined, flags: { readonly json?: boolean }): Promise<void> => {
  const report = await host.createBackup(folder);
  print(report, flags, `Backed up to ${report.folder}`);
};

export const backupRestore = async (host: CliHost, folder: string, flags: { readonly json?: boolean }): Promise<void> => {
  const report = await host.restoreBackup(folder);
  print(report, flags, `Restored from ${report.folder}`);
};

const print = (report: BackupReport, { json }: { readonly json?: boolean }, headline: string): void => {
  if (json) {
    process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    return;
  }
  const files = report.files.map(({ name, bytes }) => `  ${name} (${(bytes / 1024).toFixed(0)} kB)`);
  const aside = report.setAside ? [`What was there before is in ${report.setAside}`] : [];
  process.stdout.write([headline, ...files, `  ${report.sessions} sessions, ${report.messages} messages`, ...aside, ''].join('\n'));
};

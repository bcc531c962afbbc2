import type { CliHost } from '../host.ts';
import { paint } from '../kit/paint.ts';

interface Flags {
  readonly print?: boolean;
}

export const install = async (host: CliHost, { print }: Flags): Promise<void> => {
  const { file, text, enable } = print ? await host.gateway.service() : await host.gateway.writeService();
  if (print) {
    // The file alone on stdout, so that it can go into a pipe.
    process.stdout.write(text);
    process.stderr.write(`It belongs in ${file}\n`);
    return;
  }
  process.stdout.write(`Written: ${file}\n\nTo put it in force, stop a gateway that runs already (openclaw gateway stop), then:\n${commands(enable)}\n${ABOUT_KEYS}`);
};

/** The commonest surprise of a service. */
const ABOUT_KEYS = 'A service does not see what your shell exports: keys of models belong in the configuration (models.providers.<name>.apiKey).\n';

export const uninstall = async (host: CliHost, { print }: Flags): Promise<void> => {
  const { file, disable, removed } = print ? { ...(await host.gateway.service()), removed: true } : await host.gateway.removeService();
  if (!removed) {
    process.stdout.write(`Nothing is installed: there is no ${file}\n`);
    return;
  }
  process.stdout.write(`${print ? 'Would remove' : 'Removed'}: ${file}\n\nIf it still runs:\n${commands(disable)}`);
};

const commands = (lines: readonly string[]): string => lines.map((line) => `  ${paint('bold', line)}\n`).join('');

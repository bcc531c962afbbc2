import { writeFile } from 'node:fs/promises';
import { CliError, type CliHost } from '../host.ts';

interface Flags {
  readonly dialect?: string;
  readonly output?: string;
}

export const openApi = async (host: CliHost, { dialect, output }: Flags): Promise<void> => {
  const { together, byDialect } = await host.openApi();
  const document = dialect === undefined ? together : byDialect.get(dialect);
  if (!document) throw new CliError(`There is no dialect ${dialect}; there are ${[...byDialect.keys()].join(', ')}`);
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (output === undefined) process.stdout.write(text);
  else await writeFile(output, text).catch((thrown: unknown) => {
    throw new CliError(`${output} cannot be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  });
};

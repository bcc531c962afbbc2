import { GatewayError } from '@openclaw/contract/errors';
import { version } from './version.ts';

const [first] = process.argv.slice(2);
if (first === '--version' || first === '-v') {
  // The commonest question of scripts: answered before anything is loaded.
  process.stdout.write(`${version()}\n`);
} else {
  // What runs here is mostly a build: a stack names its sources all the same.
  process.setSourceMapsEnabled(true);
  // Whoever reads may leave (`… | head`): then a command is done, and a gateway goes on.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (first !== 'gateway') process.exit(0);
  });
  const { createProgram } = await import('../surfaces/cli/program.ts');
  const { createCliHost } = await import('./cli-host.ts');
  try {
    await createProgram(createCliHost(process.env)).parseAsync();
  } catch (thrown) {
    // Whatever a start that failed has left open must not keep the process.
    process.exit(report(thrown));
  }
}

/** Says what went wrong in words, with the whole story only where nobody foresaw it. */
function report(thrown: unknown): number {
  if (thrown instanceof GatewayError) {
    process.stderr.write(`openclaw: ${thrown.message} [${thrown.code}]\n`);
    return 1;
  }
  if (thrown instanceof Error && ['CliError', 'ConfigError', 'StoreRefused', 'StateRefused', 'PortTaken', 'Unreachable'].includes(thrown.name)) {
    const advice = thrown.name === 'Unreachable' ? '. Start it with: openclaw gateway start' : '';
    process.stderr.write(`openclaw: ${thrown.message}${advice}\n`);
    return 'exitCode' in thrown && typeof thrown.exitCode === 'number' ? thrown.exitCode : 1;
  }
  process.stderr.write(`openclaw: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
  return 1;
}

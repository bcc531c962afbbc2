import { join } from 'node:path';
import type { ServiceFile } from '../../surfaces/cli/gateway/gateway-host.ts';
import { CliError } from '../../surfaces/cli/host.ts';
import { SYSTEMD_UNIT } from './find-gateway.ts';

export interface ServiceFacts {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** Where systemd looks for a user's units, when it is not `~/.config`. */
  readonly configHome?: string | undefined;
  /** Program and arguments; the first is an absolute path. */
  readonly command: readonly string[];
  /** What it needs of today's environment: a service starts with none. */
  readonly environment: Readonly<Record<string, string>>;
  readonly output: string;
}

const LABEL = 'ai.openclaw.gateway';

/** The file that has the operating system run the gateway, and the commands that go with it. */
export const serviceFile = (facts: ServiceFacts): ServiceFile => {
  const texts = [...facts.command, ...Object.values(facts.environment), facts.output];
  if (texts.some((text) => /[\u0000-\u001f\u007f]/.test(text))) throw new CliError('A path with control characters in it cannot stand in a service file; move OpenClaw or its state directory');
  if (facts.platform === 'linux') return systemdUnit(facts);
  if (facts.platform === 'darwin') return launchAgent(facts);
  throw new CliError(`There is no service file for this system (${facts.platform}). Have its own supervisor run: openclaw gateway run`);
};

const systemdUnit = ({ home, configHome, command, environment }: ServiceFacts): ServiceFile => {
  const [program = '', ...args] = command;
  const lines = [
    '[Unit]',
    'Description=OpenClaw gateway',
    '',
    '[Service]',
    // In the program's own path a dollar stands for itself.
    `ExecStart=${[systemdWord(program), ...args.map((word) => systemdWord(word).replaceAll('$', '$$$$'))].join(' ')}`,
    ...Object.entries(environment).map(([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}`),
    'Restart=on-failure',
    'RestartSec=2',
    'TimeoutStopSec=20',
    'UMask=0077',
    '',
    '[Install]',
    'WantedBy=default.target',
  ];
  return {
    file: join(configHome || join(home, '.config'), 'systemd', 'user', SYSTEMD_UNIT),
    text: `${lines.join('\n')}\n`,
    enable: ['systemctl --user daemon-reload', `systemctl --user enable --now ${SYSTEMD_UNIT}`, 'loginctl enable-linger   # so that it runs without a login'],
    disable: [`systemctl --user stop ${SYSTEMD_UNIT}`, 'systemctl --user daemon-reload'],
  };
};

/** One word as systemd reads it: quoted, and `%` is the beginning of a specifier. */
const systemdWord = (text: string): string => `"${text.replace(/[\\"]/g, String.raw`\$&`).replaceAll('%', '%%')}"`;

const launchAgent = ({ home, command, environment, output }: ServiceFacts): ServiceFile => {
  const file = join(home, 'Library', 'LaunchAgents', `${LABEL}.plist`);
  const variables = Object.entries(environment).map(([name, value]) => `    <key>${xml(name)}</key>\n    <string>${xml(value)}</string>`);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    `  <key>Label</key>\n  <string>${LABEL}</string>`,
    `  <key>ProgramArguments</key>\n  <array>\n${command.map((word) => `    <string>${xml(word)}</string>`).join('\n')}\n  </array>`,
    ...(variables.length === 0 ? [] : [`  <key>EnvironmentVariables</key>\n  <dict>\n${variables.join('\n')}\n  </dict>`]),
    '  <key>RunAtLoad</key>\n  <true/>',
    '  <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>',
    '  <key>Umask</key>\n  <integer>63</integer>',
    `  <key>StandardOutPath</key>\n  <string>${xml(output)}</string>`,
    `  <key>StandardErrorPath</key>\n  <string>${xml(output)}</string>`,
    '</dict>',
    '</plist>',
  ];
  return {
    file,
    text: `${lines.join('\n')}\n`,
    enable: [`launchctl bootstrap gui/$(id -u) ${shellWord(file)}`],
    disable: [`launchctl bootout gui/$(id -u)/${LABEL}`],
  };
};

const XML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const xml = (text: string): string => text.replace(/[&<>]/g, (sign) => XML[sign] ?? sign);

const shellWord = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

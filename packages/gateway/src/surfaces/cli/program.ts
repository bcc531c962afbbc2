import { Command } from 'commander';
import { addAuditCommands } from './audit/index.ts';
import { addBackupCommands } from './backup/index.ts';
import { addChannelsCommands } from './channels/index.ts';
import type { CliHost } from './host.ts';
import { addCompletionCommand } from './completion/index.ts';
import { addApiKeyCommands, addTokenCommands } from './credentials/index.ts';
import { addConfigCommands } from './config/index.ts';
import { addCronCommands } from './cron/index.ts';
import { addDoctorCommand } from './doctor/index.ts';
import { addGatewayCommands } from './gateway/index.ts';
import { addHeartbeatCommands } from './heartbeat/index.ts';
import { addLogCommand } from './logs/index.ts';
import { addModelsCommands } from './models/index.ts';
import { addOnboardCommand } from './onboard/index.ts';
import { addOpenApiCommand } from './openapi/index.ts';
import { addSessionsCommands } from './sessions/index.ts';
import { addSkillsCommands } from './skills/index.ts';
import { addStatsCommand } from './stats/index.ts';
import { addStatusCommand } from './status/index.ts';
import { addTalkCommands } from './talk/index.ts';
import { addTasksCommands } from './tasks/index.ts';
import { addWebhooksCommands } from './webhooks/index.ts';
import { addWorkspacesCommands } from './workspaces/index.ts';

/** The command line: `openclaw` and `claw` are the same program. Each group describes its commands; what one does is loaded when it is called. */
export const createProgram = (host: CliHost): Command => {
  const program = new Command('openclaw')
    .description('Keeps your AI agent running and reachable.')
    .version(host.version, '-v, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(openclaw --help shows what there is)')
    .enablePositionalOptions()
    .addHelpText('after', '\nExamples:\n  $ openclaw gateway run\n  $ openclaw gateway start\n  $ openclaw status\n  $ openclaw send "What is on today?"\n  $ git log -5 | openclaw send --session work "Summarise:"\n');
  addGatewayCommands(program, host);
  addStatusCommand(program, host);
  addStatsCommand(program, host);
  addDoctorCommand(program, host);
  addLogCommand(program, host);
  addTalkCommands(program, host);
  addTasksCommands(program, host);
  addCronCommands(program, host);
  addHeartbeatCommands(program, host);
  addSessionsCommands(program, host);
  addWorkspacesCommands(program, host);
  addChannelsCommands(program, host);
  addModelsCommands(program, host);
  addSkillsCommands(program, host);
  addWebhooksCommands(program, host);
  addApiKeyCommands(program, host);
  addTokenCommands(program, host);
  addConfigCommands(program, host);
  addAuditCommands(program, host);
  addOnboardCommand(program, host);
  addOpenApiCommand(program, host);
  addBackupCommands(program, host);
  addCompletionCommand(program);
  return program;
};

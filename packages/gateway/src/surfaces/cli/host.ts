import type { Client } from '@openclaw/client';
import type { AuditVerdict } from '@openclaw/contract';
import type { OpenApiDocuments } from '../kit/openapi/document.ts';
import type { ChatHistory } from './chat/host.ts';
import type { ConfigHost } from './config/host.ts';
import type { OnboardHost } from './onboard/host.ts';
import type { DoctorHost } from './doctor/doctor-host.ts';
import type { GatewayHost, RunFlags } from './gateway/gateway-host.ts';
import type { LogHost } from './logs/log-host.ts';

/** What the commands need of the machine they run on; the app provides it. */
export interface CliHost {
  readonly version: string;
  /** The gateway this command line talks to: the local one unless OPENCLAW_URL says otherwise. */
  connect(): Promise<{ readonly client: Client; readonly url: string }>;
  /** Runs a gateway in this process until it is told to stop. */
  runGateway(flags: RunFlags): Promise<void>;
  createBackup(folder: string | undefined): Promise<BackupReport>;
  restoreBackup(folder: string): Promise<BackupReport>;
  /** Looks at the audit log of this machine without a gateway; undefined where it is kept elsewhere, or there is none. */
  verifyAuditAtRest(expect: string | undefined): Promise<AuditVerdict | undefined>;
  config(): Promise<ConfigHost>;
  /** What was typed in earlier chats on this machine. */
  chatHistory(): Promise<ChatHistory>;
  onboard(): Promise<OnboardHost>;
  /** The documents of the API this program serves. */
  openApi(): Promise<OpenApiDocuments>;
  readonly gateway: GatewayHost;
  readonly doctor: DoctorHost;
  readonly logs: LogHost;
}

export interface BackupReport {
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly sessions: number;
  readonly messages: number;
  /** Where what was there before lies now; only after a restore. */
  readonly setAside?: string;
}

/** A command that cannot do its work: what is wrong, and what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

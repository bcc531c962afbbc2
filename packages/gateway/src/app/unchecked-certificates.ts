import type { Environment } from './state/state-folder.ts';

/** What the owner is told where Node has been told to believe everybody; undefined where certificates are checked. */
export const uncheckedCertificates = (env: Environment): { readonly message: string; readonly mend: string } | undefined =>
  env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0'
    ? {
        message: 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: nobody has to prove their name, so tokens and messages can go to a stranger',
        mend: 'unset it; an authority of your own goes into NODE_EXTRA_CA_CERTS=<file>',
      }
    : undefined;

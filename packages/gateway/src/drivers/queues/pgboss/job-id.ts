import { createHash } from 'node:crypto';

/** A turn's job: found by the turn's id alone, and the same when the turn is stored twice. */
export const jobIdOf = (turnId: string): string => {
  const hex = createHash('sha256').update(turnId).digest('hex');
  // Version 8, variant 10: a UUID made by a rule of our own.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** One handing out of a job. After a job was given back or taken away, calls with the earlier attempt change nothing. */
export interface Attempt {
  readonly id: string;
  readonly retryCount: number;
}

export const toLeaseId = ({ id, retryCount }: Attempt): string => `${id}#${retryCount}`;

export const fromLeaseId = (leaseId: string): Attempt => {
  const [id = '', retryCount = ''] = leaseId.split('#');
  return { id, retryCount: Number(retryCount) };
};

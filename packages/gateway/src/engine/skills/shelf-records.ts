import { EVENT_TYPES } from '@openclaw/contract';
import { z } from 'zod';

/** Where a package came from, and what each of its skills was when it came. */
export const InstalledPackage = z.object({
  source: z.enum(['npm', 'folder', 'archive', 'git']),
  from: z.string(),
  version: z.string().nullable(),
  integrity: z.string().nullable(),
  installedAt: z.iso.datetime(),
  installedBy: z.string(),
  skills: z.record(z.string(), z.object({ treeHash: z.string(), files: z.record(z.string(), z.string()) })),
});
export type InstalledPackage = z.infer<typeof InstalledPackage>;

/** A change of the shelf that was decided on: what each name leads to from now on, and what is told of it. */
export const Decision = z.object({
  links: z.array(z.object({ name: z.string(), target: z.string().nullable() })),
  events: z.array(z.object({ id: z.string(), type: z.enum(EVENT_TYPES), at: z.number(), data: z.record(z.string(), z.unknown()) })),
});
export type Decision = z.infer<typeof Decision>;

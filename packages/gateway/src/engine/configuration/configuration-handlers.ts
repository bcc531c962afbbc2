import { GatewayError, type getConfig, type patchConfig } from '@openclaw/contract';
import type { Caller } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { ConfigFile, ConfigSection } from '../ports/config-file.ts';
import { checkPatch } from './check-patch.ts';
import { keepHidden } from './keep-hidden.ts';
import { changedLeaves, formatPath, type Leaf } from './leaves.ts';
import { isSection, mergePatch } from './merge-patch.ts';
import { reasonToRefuse } from './protected-keys.ts';

/** The configuration, behind the door: who may see it, who may change what of it. */
export const configurationHandlers = (file: ConfigFile) => {
  const get: Handler<typeof getConfig> = async () => file.read().then(({ config, version }) => ({ config: { ...config }, version }));

  const patch: Handler<typeof patchConfig> = async ({ patch: asked, version }, { caller }) => {
    checkPatch(asked);
    let changes: readonly Leaf[] = [];
    const written = await file.change(({ stored, shown }) => {
      const patched = sectionOf(mergePatch(stored, keepHidden(asked, stored, shown)));
      changes = changedLeaves(stored, patched);
      if (!caller.permissions.has('gateway:admin')) refuseProtected(changes, caller);
      return patched;
    }, version);
    const changed = changes.map(({ path }) => formatPath(path));
    return {
      config: { ...written.config },
      version: written.version,
      changed,
      needsRestart: [...written.needsRestart],
      warnings: written.reports.filter(({ path }) => changed.some((place) => isWithin(place, path))).map(({ path, message }) => ({ path, message })),
    };
  };

  return { get, patch };
};

/** The door takes no patch that is none, and a section with a patch merged into it is a section. */
const sectionOf = (value: unknown): ConfigSection => (isSection(value) ? value : {});

const refuseProtected = (changes: readonly Leaf[], { label }: Caller): void => {
  for (const leaf of changes) {
    const reason = reasonToRefuse(leaf);
    if (reason === undefined) continue;
    const place = formatPath(leaf.path);
    throw new GatewayError('forbidden', `Only the gateway token may change ${place}: ${reason}. Ask as that, not as ${label}`, { path: place, permission: 'gateway:admin' });
  }
};

const isWithin = (place: string, section: string): boolean => place === section || place.startsWith(`${section}.`) || place.startsWith(`${section}[`);

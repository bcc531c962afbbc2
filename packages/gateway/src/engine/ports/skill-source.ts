/**
 * Where the files of a skill come from.
 *
 * - `into` is an empty folder of ours. What is written there are regular files and folders, nothing that leads elsewhere; nothing is written outside.
 * - Nothing of a package is ever run: no script, no hook, no filter.
 * - What is too large, too many or hostile rejects with `skill_refused`; what cannot be had with `skill_source_failed` or `skill_not_found`.
 * - When it resolves, the files are on the disk.
 * - `signal` ends it; nothing it started goes on then.
 */
export interface SkillSource<Wanted> {
  fetch(wanted: Wanted, into: string, signal: AbortSignal): Promise<FetchedPackage>;
}

export interface FetchedPackage {
  /** How a person would ask for exactly this again. */
  readonly from: string;
  readonly version: string | undefined;
  /** `sha512-…` over the very bytes that were unpacked; the commit of a git repository. */
  readonly integrity: string | undefined;
}

export interface SkillSources {
  readonly npm: SkillSource<{ readonly name: string; readonly version: string }>;
  readonly folder: SkillSource<{ readonly path: string }>;
  readonly archive: SkillSource<{ readonly path: string }>;
  readonly git: SkillSource<{ readonly url: string; readonly ref: string | undefined }>;
}

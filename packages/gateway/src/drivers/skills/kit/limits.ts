const MB = 1024 * 1024;

/** What a package may be. A skill is instructions and a few scripts; these are generous for that and small for a machine. */
export const LIMITS = {
  archiveBytes: 16 * MB,
  totalBytes: 32 * MB,
  fileBytes: 8 * MB,
  files: 1_000,
  folders: 200,
  depth: 12,
  pathBytes: 400,
  nameBytes: 200,
  /** Unpacked to packed, once more than a little is unpacked. */
  ratio: 100,
} as const;

/** The largest page the gateway gives. */
const PAGE = 200;

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

interface Listed<Row> {
  readonly rows: readonly Row[];
  /** How many there are, asked for or not. */
  readonly total: number;
}

/** As many rows of a list as are wanted, read page by page; what tells one from another keeps a row that moves while this goes on from being met twice. */
export const readPages = async <Row>(
  ask: (page: Page) => Promise<Listed<Row>>,
  { keyOf, limit = Number.POSITIVE_INFINITY }: { readonly keyOf: (row: Row) => string; readonly limit?: number },
): Promise<Listed<Row>> => {
  const found = new Map<string, Row>();
  // Who wants none still learns how many there are.
  const size = Math.max(1, Math.min(PAGE, limit));
  for (let offset = 0; ; offset += size) {
    const { rows, total } = await ask({ limit: size, offset });
    for (const row of rows) found.set(keyOf(row), row);
    if (found.size >= Math.min(limit, total) || rows.length < size) return { rows: [...found.values()].slice(0, limit), total };
  }
};

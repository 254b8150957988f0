/** The client takes these for `verify-full`, and prints a warning about that in each process. */
const TAKEN_FOR_VERIFY_FULL: ReadonlySet<string> = new Set(['prefer', 'require', 'verify-ca']);

/**
 * The URL for the PostgreSQL client. Pure.
 * @param url as people write it; its other options stay
 * @param schema where the tables are
 */
export function postgresUrl(url: string, schema: string): string {
  const whole = new URL(url);
  const { searchParams } = whole;
  const given = searchParams.get('options');
  searchParams.set('options', `${given === null ? '' : `${given} `}-c search_path=${schema}`);
  const isLibpq = searchParams.get('uselibpqcompat') === 'true';
  const mode = searchParams.getAll('sslmode').at(-1) ?? '';
  if (!isLibpq && TAKEN_FOR_VERIFY_FULL.has(mode)) searchParams.set('sslmode', 'verify-full');
  return whole.href;
}

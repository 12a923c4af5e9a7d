/** A cookie as declared by a site. */
export interface Declared {
  name: string;
  /** Its purpose; undefined if it is declared without one. */
  purpose: string | undefined;
  essential: boolean;
  /** Seconds; null for a session cookie. */
  maxAge: number | null;
}

/** An edition of a policy. */
export interface Edition {
  version: string;
  sha256: string;
}

/** The examined site and its machine-readable declarations. */
export interface Target {
  /** Its URL, without a trailing slash. */
  address: string;
  /** Whether it is this repository's own server, started for the examination. */
  own: boolean;
  /** Its declared cookies; undefined if it publishes no list. */
  declared: readonly Declared[] | undefined;
  edition: Edition | undefined;
}

/** Fetches a site's cookie list and policy edition. A site without them is examined without them. */
export async function fetchTarget(address: string, own: boolean): Promise<Target> {
  const origin = address.replace(/\/+$/, '');
  const [cookies, policy] = await Promise.all([json(`${origin}/cookies.json`), json(`${origin}/policy.json`)]);
  return { address: origin, own, declared: declared(cookies), edition: edition(policy) };
}

async function json(address: string): Promise<unknown> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(10_000) });
    return answer.ok ? await answer.json() : undefined;
  } catch {
    // No response, or not such a list: the site publishes none.
    return undefined;
  }
}

function declared(found: unknown): Declared[] | undefined {
  const list = field(found, 'cookies');
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((entry: unknown) => {
    const [name, purpose, essential, maxAge] = ['name', 'purpose', 'essential', 'max_age'].map((key) => field(entry, key));
    if (typeof name !== 'string') return [];
    return [
      {
        name,
        purpose: typeof purpose === 'string' && purpose !== '' ? purpose : undefined,
        essential: essential === true,
        maxAge: typeof maxAge === 'number' ? maxAge : null,
      },
    ];
  });
}

function edition(found: unknown): Edition | undefined {
  const named = field(found, 'edition');
  const [version, sha256] = [field(named, 'version'), field(named, 'sha256')];
  return typeof version === 'string' && typeof sha256 === 'string' ? { version, sha256 } : undefined;
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

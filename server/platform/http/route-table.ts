/** An address of an API, with parameters in braces, and what waits there. */
export type Route<T> = { readonly path: string; readonly to: T };

/** A pattern of Hono's, and what waits at an address that it takes. */
export type TakenRoute<T> = { readonly pattern: string; find(address: string): T };

/**
 * The routes as `RegExpRouter` takes them, which finds any address by one regular expression. It refuses a fixed address
 * beside one with a parameter (`/sessions/current`, `/sessions/{id}`); so the one with the parameter takes both here, and
 * the fixed one comes first. A part that is fixed in one address and a parameter in another of a different length is
 * refused when the application is made.
 */
export function takenRoutes<T>(routes: readonly Route<T>[]): readonly TakenRoute<T>[] {
  const fixed = new Map(routes.filter(isFixed).map(({ path, to }) => [path, to]));
  const open = routes
    .filter((route) => !isFixed(route))
    .map(({ path, to }) => {
      const pattern = path.replaceAll(PARAMETER, ':$1');
      const beside = takeMatching(fixed, path);
      if (beside.size === 0) return { pattern, find: () => to };
      return { pattern, find: (address: string) => beside.get(address) ?? to };
    });
  return [...open, ...[...fixed].map(([pattern, to]) => ({ pattern, find: () => to }))];
}

/** The same for paths that differ by the names of their parameters alone. */
export function shapeOf(path: string): string {
  return path.replaceAll(PARAMETER, '{}');
}

const PARAMETER = /\{(\w+)\}/g;

function isFixed({ path }: { readonly path: string }): boolean {
  return !path.includes('{');
}

/** Moves out of `fixed` what stands at an address that `path` takes too. */
function takeMatching<T>(fixed: Map<string, T>, path: string): ReadonlyMap<string, T> {
  const parts = shapeOf(path).split('/');
  const matching = new Map<string, T>();
  for (const [address, to] of fixed) {
    const own = address.split('/');
    const isTaken =
      own.length === parts.length &&
      parts.every((part, i) => (part === '{}' ? own[i] !== '' : part === own[i]));
    if (!isTaken) continue;
    matching.set(address, to);
    fixed.delete(address);
  }
  return matching;
}

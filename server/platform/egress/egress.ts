import { makeOutwardAgent } from '../outward-agent.ts';
import { type EgressAnswer, type EgressCall, exchange } from './exchange.ts';
import { downloadFile, type FileCall } from './file-download.ts';
import { permitFile } from './file-hosts.ts';
import { type Keyring, withKeys } from './keyring.ts';
import { type EgressPolicy, type EgressRequest, permit } from './policy.ts';
import { makeSdkFetch } from './sdk-fetch.ts';

export { EgressBlocked, EgressFailure, FileRefused } from './errors.ts';
export type { EgressAnswer, EgressCall } from './exchange.ts';
export type { FileCall } from './file-download.ts';
export { bearer, type Keyring } from './keyring.ts';
export type { EgressPolicy, EgressRequest } from './policy.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** More at once to one vendor wait for a free connection, within their deadline. */
const MAX_CONNECTIONS = 32;
const KEEP_ALIVE_MAX_MS = 30_000;

/** The only way to a vendor. What its policy does not list is not sent: `EgressBlocked`. */
export type Egress = {
  /** One request and its whole answer, whatever its status. Rejects with `EgressFailure` when there is none. */
  send(request: EgressRequest, call: EgressCall): Promise<EgressAnswer>;
  /**
   * Writes a file of the vendor's to `file`, created or replaced whole; without any key of ours. Rejects with
   * `FileRefused` when the host answers with something else, else with `EgressFailure`.
   */
  fetchFile(url: string, file: string, call: FileCall): Promise<{ readonly sizeBytes: number }>;
  /** A fetch for the vendor's SDK, under the same policy. */
  readonly fetch: typeof fetch;
};

/**
 * Everything that leaves for one vendor passes here: hosts, operations, names of headers, query parameters, form
 * fields and JSON keys are those of its policy, so a request can carry no more about a user than was decided.
 * Every request but those for files carries a key of `keys`. Throws a `TypeError` for a base URL that is none, and for an
 * empty ring.
 */
export function makeEgress(policy: EgressPolicy, keys: Keyring | null): Egress {
  const { vendor } = policy;
  const { protocol, search, hash, username } = new URL(policy.baseUrl);
  if (!/^https?:$/.test(protocol) || search + hash + username !== '') {
    throw new TypeError(`The base URL of ${vendor} is not a plain http or https address.`);
  }
  const agent = makeOutwardAgent({
    connections: MAX_CONNECTIONS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    keepAliveMaxMs: KEEP_ALIVE_MAX_MS,
  });
  const sendOnce: Egress['send'] = async (request, call) =>
    await exchange(await agent(), vendor, permit(policy, request), call);
  const send = keys === null ? sendOnce : withKeys(keys, sendOnce);
  return {
    send,
    fetchFile: async (url, file, call) =>
      await downloadFile(await agent(), vendor, permitFile(policy, url), file, call),
    fetch: makeSdkFetch(policy, send),
  };
}

import type { Keys } from '../keys/keys.ts';
import type { StillGood } from '../platform/http/credential-watch.ts';

export type StillGoodDeps = {
  readonly keys: Pick<Keys, 'stillLive'>;
  readonly sessions: {
    stillLive(tokenHashes: readonly Buffer[]): Promise<readonly Buffer[]>;
  };
  /** Which of these looks of staff at accounts may go on. */
  readonly looks: { stillGoingOn(ids: readonly string[]): Promise<ReadonlySet<string>> };
};

/** Tells whose key, session and look are still good, with one query for each of the three that anybody came by. */
export function makeStillGood({ keys, sessions, looks }: StillGoodDeps): StillGood {
  return async (callers) => {
    const publicIds: string[] = [];
    const tokenHashes: Buffer[] = [];
    const lookIds: string[] = [];
    for (const { via } of callers) {
      if (via.kind === 'key') publicIds.push(via.publicId);
      else tokenHashes.push(via.tokenHash);
      if (via.kind === 'session' && via.impersonation) lookIds.push(via.impersonation.id);
    }
    const [liveKeys, liveHashes, liveLooks] = await Promise.all([
      publicIds.length === 0 ? new Set() : keys.stillLive(publicIds),
      tokenHashes.length === 0 ? [] : sessions.stillLive(tokenHashes),
      lookIds.length === 0 ? new Set() : looks.stillGoingOn(lookIds),
    ]);
    const liveSessions = new Set(liveHashes.map((hash) => hash.toString('hex')));
    const isGood = ({ via }: (typeof callers)[number]) => {
      if (via.kind === 'key') return liveKeys.has(via.publicId);
      if (!liveSessions.has(via.tokenHash.toString('hex'))) return false;
      return via.impersonation === null || liveLooks.has(via.impersonation.id);
    };
    return new Set(callers.filter(isGood));
  };
}

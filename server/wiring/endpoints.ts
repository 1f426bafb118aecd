import { isOptedOut, setOptedOut } from '../accounts/accounts.ts';
import { makeDeadLetterEndpoints } from '../dead-letters/routes.ts';
import { makeEventEndpoints } from '../events/routes.ts';
import { makeKeyEndpoints } from '../keys/routes.ts';
import type { Clipt } from '../main.ts';
import type { Endpoint } from '../platform/http/endpoint.ts';
import { makePager } from '../platform/http/pages.ts';
import { makeOwnAccountEndpoints } from '../privacy/account-routes.ts';
import { makeImportEndpoint } from '../privacy/import-routes.ts';
import { makePrivacyEndpoints } from '../privacy/routes.ts';
import { makeCreditEndpoints } from '../purchases/routes.ts';
import { makeSessionEndpoints } from '../sessions/routes.ts';
import { makeStudioEndpoints } from '../studio/routes.ts';
import { makeAdminEndpoints } from '../support/admin-routes.ts';
import { makeSupportEndpoints } from '../support/routes.ts';
import { makeTelemetryEndpoints } from '../telemetry/routes.ts';
import { makeTranscriptEndpoints } from '../transcripts/routes.ts';
import { makeUploadEndpoints } from '../uploads/routes.ts';
import { makeDeletion } from '../videos/deletion.ts';
import { makeEditing } from '../videos/editing.ts';
import { makeFeed } from '../videos/feed.ts';
import { makeHookEndpoint } from '../videos/hooks.ts';
import { makeRenderFiles } from '../videos/render-files.ts';
import { makeRequests } from '../videos/requests.ts';
import { makeVideoEndpoints } from '../videos/routes.ts';
import { makeSceneEndpoints } from '../videos/scene-routes.ts';
import { makeVideoCache } from '../videos/video-cache.ts';
import { makeViewingEndpoints } from '../videos/viewing-routes.ts';
import { makeWebhookEndpoints } from '../webhooks/routes.ts';
import type { Entrance } from './entrance.ts';

/** Every operation of the service, each capability's own. */
export function makeEndpoints(
  clipt: Clipt,
  { url, entrance }: { readonly url: string; readonly entrance: Entrance },
): readonly Endpoint[] {
  const { db, log, objects, models, moderation, uploads, bus, events } = clipt;
  const { cookie, support } = entrance;
  const pager = makePager(clipt.secrets);
  const cache = makeVideoCache(db, bus);
  const editing = makeEditing({ db, models });
  const requests = makeRequests({
    moderation,
    ...models,
    findPicture: async (account, id) => (await uploads.findReady(account, id, 'image')).object,
  });
  return [
    ...makeVideoEndpoints({
      ...{ db, videos: clipt.videos, cache, editing, requests, pager },
      deletion: makeDeletion({ db, objects, log }),
    }),
    ...makeViewingEndpoints({
      ...{ videos: clipt.videos, cache },
      feed: makeFeed({ db, hints: bus, events }),
      files: makeRenderFiles({ db, objects }),
    }),
    ...makeSceneEndpoints({
      ...{ videos: clipt.videos, cache, editing, requests, objects },
      findClip: async (account, id) => {
        const { object, media } = await uploads.findReady(account, id, 'video');
        return { object, seconds: media.seconds ?? 0 };
      },
    }),
    ...makeStudioEndpoints({ studio: clipt.studio, models }),
    ...makeUploadEndpoints({ uploads, baseUrl: url }),
    ...makeTranscriptEndpoints({ transcripts: clipt.storedTranscripts, pager }),
    ...makeCreditEndpoints({ db, pager }),
    ...makeEventEndpoints({ db, pager }),
    ...makeWebhookEndpoints({ webhooks: clipt.webhooks, pager }),
    ...makeKeyEndpoints({ keys: clipt.keys }),
    ...makePrivacyEndpoints({ exports: clipt.exports }),
    makeImportEndpoint({ imports: clipt.imports, workDir: clipt.workDir }),
    ...makeOwnAccountEndpoints({ db, accountDeletion: clipt.accountDeletion, cookie }),
    ...makeSessionEndpoints({ sessions: clipt.sessions, cookie, looks: support }),
    ...entrance.endpoints,
    ...makeTelemetryEndpoints({
      isOptedOut: (account) => isOptedOut(db, account),
      setOptedOut: (account, optedOut) => setOptedOut(db, account, optedOut),
    }),
    ...makeSupportEndpoints({ support, audit: clipt.audit, pager }),
    ...makeAdminEndpoints({ desk: entrance.desk, pager }),
    ...makeDeadLetterEndpoints({ deadLetters: clipt.deadLetters, pager }),
    makeHookEndpoint({ db, filming: clipt.filming, log }),
  ];
}

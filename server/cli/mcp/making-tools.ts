import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import canonicalize from 'canonicalize';
import type { z } from 'zod';
import { type Client, type CreateVideo, dataOf } from '../../../client/client.ts';
import { createVideoSchema, videoParams } from '../../videos/api-contract.ts';
import { remoteKey } from '../remote/client-key.ts';
import { answer } from './answer.ts';

const { topic, seconds, language, scenes, format, style, max_credits, client_key } =
  createVideoSchema.shape;
const makeInput = {
  ...{ topic, scenes, seconds, language, format, style, max_credits },
  client_key: client_key.meta({
    description:
      'What you call the video: the same key is the same video, changed or not. Left out, the same wish is the same video.',
  }),
};
type MakeInput = z.output<z.ZodObject<typeof makeInput>>;

/** Tools that make something, or stop it. */
export function addMakingTools(server: McpServer, client: Client): void {
  server.registerTool(
    'make_video',
    {
      title: 'Make a video',
      description:
        'Makes a captioned, narrated short video from a topic or from scenes. Answers at once with its id; get_video tells when it is ready. Calling it again is safe: it joins the video that is there.',
      inputSchema: makeInput,
    },
    (input, { signal }) => answer(() => client.createVideo(bodyOf(input), signal)),
  );
  server.registerTool(
    'write_script',
    {
      title: 'Write a script',
      description: 'Writes scenes (narration and visual) for a topic; nothing is filmed.',
      inputSchema: { topic: topic.unwrap(), seconds, language },
    },
    (body, { signal }) =>
      answer(async () => dataOf(await client.api.POST('/v1/scripts', { body, signal }))),
  );
  server.registerTool(
    'cancel_video',
    {
      title: 'Stop a video',
      description: 'Says what stops and what cannot be stopped any more.',
      inputSchema: videoParams.shape,
    },
    ({ id }, { signal }) => answer(() => client.cancelVideo(id, signal)),
  );
}

/** An agent that has lost an answer asks again: without a name of its own, the wish itself is the video's name. */
function bodyOf({ client_key, ...wish }: MakeInput): CreateVideo {
  const { topic, scenes, format, style, max_credits, seconds, language } = wish;
  return {
    ...{ seconds, language, client_key: client_key ?? remoteKey(`agent:${canonicalize(wish)}`) },
    ...(topic === undefined ? {} : { topic }),
    ...(scenes === undefined ? {} : { scenes: scenes.map(plainScene) }),
    ...(format === undefined ? {} : { format }),
    ...(style === undefined ? {} : { style }),
    ...(max_credits === undefined ? {} : { max_credits }),
  };
}

type Scene = NonNullable<MakeInput['scenes']>[number];

function plainScene({ narration, visual = null }: Scene) {
  return { narration, visual };
}

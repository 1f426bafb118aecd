import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeS3Store } from './s3.ts';

/** A service that keeps versions and unfinished uploads, a page of two at a time: no small S3 server does. */
const versions = ['a 1', 'a 2', 'b 1', 'b marker', 'c 1'];
const uploads = ['a u1', 'a u2', 'd u3'];
const removed: string[] = [];
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const query = url.searchParams;
    const key = url.pathname.replace('/bucket/', '');
    if (request.method === 'DELETE') {
      removed.push(`${key} ${query.get('versionId') ?? query.get('uploadId')}`);
      response.writeHead(204).end();
    } else if (query.has('versions')) response.end(versionPage(query));
    else if (query.has('uploads')) response.end(uploadPage(query));
    else response.writeHead(500).end();
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterAll(() => server.close());

function page(all: string[], after: string | null): { shown: string[]; more: boolean } {
  const from = after === null ? 0 : all.indexOf(after) + 1;
  return { shown: all.slice(from, from + 2), more: from + 2 < all.length };
}

function versionPage(query: URLSearchParams): string {
  const marker = query.get('key-marker');
  const after = marker && `${marker.replace('p/', '')} ${query.get('version-id-marker')}`;
  const { shown, more } = page(versions, after);
  const [key, id] = (shown.at(-1) ?? '').split(' ');
  const entries = shown.map((entry) => {
    const [name, version] = entry.split(' ');
    const tag = version === 'marker' ? 'DeleteMarker' : 'Version';
    return `<${tag}><Key>p/${name}</Key><VersionId>${version}</VersionId></${tag}>`;
  });
  return `<ListVersionsResult><IsTruncated>${more}</IsTruncated><NextKeyMarker>p/${key}</NextKeyMarker>
    <NextVersionIdMarker>${id}</NextVersionIdMarker>${entries.join('')}</ListVersionsResult>`;
}

function uploadPage(query: URLSearchParams): string {
  const marker = query.get('key-marker');
  const after = marker && `${marker.replace('p/', '')} ${query.get('upload-id-marker')}`;
  const { shown, more } = page(uploads, after);
  const [key, id] = (shown.at(-1) ?? '').split(' ');
  const entries = shown.map((entry) => {
    const [name, upload] = entry.split(' ');
    return `<Upload><Key>p/${name}</Key><UploadId>${upload}</UploadId></Upload>`;
  });
  return `<ListMultipartUploadsResult><IsTruncated>${more}</IsTruncated><NextKeyMarker>p/${key}</NextKeyMarker>
    <NextUploadIdMarker>${id}</NextUploadIdMarker>${entries.join('')}</ListMultipartUploadsResult>`;
}

test('deleting a prefix removes every version, delete marker and unfinished upload below it', async () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const store = makeS3Store({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    bucket: 'bucket',
    accessKeyId: 'id',
    secretAccessKey: 'secret',
    cacheDir: tmpdir(),
  });
  expect(await store.deletePrefix('p/')).toBe(3);
  const all = [...versions, ...uploads].map((entry) => `p/${entry}`);
  expect(removed.sort()).toEqual(all.sort());
});

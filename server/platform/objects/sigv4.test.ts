import { describe, expect, test } from 'vitest';
import { presignGet, signPolicy, signPost } from './sigv4.ts';

/** The identity of all examples in the Amazon S3 API reference. */
const IDENTITY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};

describe('signature version 4', () => {
  test('signs the published example of a presigned GET', () => {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt');
    const signed = presignGet(url, IDENTITY, new Date('2013-05-24T00:00:00Z'), 86400);
    expect(signed.href).toBe(
      'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
        '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
        '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
        '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  test('signs the published example of a POST policy', () => {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
    const policy = [
      '{ "expiration": "2015-12-30T12:00:00.000Z",',
      '  "conditions": [',
      '    {"bucket": "sigv4examplebucket"},',
      '    ["starts-with", "$key", "user/user1/"],',
      '    {"acl": "public-read"},',
      '    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},',
      '    ["starts-with", "$Content-Type", "image/"],',
      '    {"x-amz-meta-uuid": "14365123651274"},',
      '    {"x-amz-server-side-encryption": "AES256"},',
      '    ["starts-with", "$x-amz-meta-tag", ""],',
      '',
      '    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},',
      '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},',
      '    {"x-amz-date": "20151229T000000Z" }',
      '  ]',
      '}',
    ].join('\r\n');
    const signature = signPolicy(
      Buffer.from(policy).toString('base64'),
      IDENTITY,
      new Date('2015-12-29T00:00:00Z'),
    );
    expect(signature).toBe('8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e');
  });

  test('signs every byte of the query, so that a changed type or name needs a new signature', () => {
    const at = new Date('2026-01-01T00:00:00Z');
    const sign = (name: string, seconds = 60) => {
      const url = new URL('https://s3.example.org/bucket/key');
      url.searchParams.set('response-content-disposition', name);
      return presignGet(url, IDENTITY, at, seconds);
    };
    const signed = sign("a b+c*d~e'f(g)!.mp4");
    // Percent signs for all but unreserved characters, or the service reads another name than was signed.
    expect(signed.search).toContain('=a%20b%2Bc%2Ad~e%27f%28g%29%21.mp4&');
    const signatures = [signed, sign('a'), sign('a', 61)].map((url) =>
      url.searchParams.get('X-Amz-Signature'),
    );
    expect(new Set(signatures).size).toBe(3);
  });

  test('puts its own fields under the policy too', () => {
    const at = new Date('2026-01-01T00:00:00Z');
    const until = new Date('2026-01-01T00:10:00Z');
    const fields = signPost([{ key: 'k' }], IDENTITY, at, until);
    const policy: unknown = JSON.parse(Buffer.from(fields['policy'] ?? '', 'base64').toString());
    expect(policy).toEqual({
      expiration: '2026-01-01T00:10:00.000Z',
      conditions: [
        { key: 'k' },
        { 'x-amz-algorithm': 'AWS4-HMAC-SHA256' },
        { 'x-amz-credential': 'AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request' },
        { 'x-amz-date': '20260101T000000Z' },
      ],
    });
  });
});

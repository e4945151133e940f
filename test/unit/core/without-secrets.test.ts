import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../../src/core/without-secrets.ts';

describe('a text without the secrets that it quotes', () => {
  it.each([
    ['a private key', 'a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- b', 'a (private key left out) b'],
    ['a private key that is cut off', 'a -----BEGIN PRIVATE KEY-----\nMII', 'a (private key left out)'],
    ['a JSON web token', 'token eyJhbGciOi.eyJpc3Mi.c2ln-_ expired', 'token (token left out) expired'],
    ['a header', 'Authorization: Bearer abc\nHost: x', 'Authorization: (left out)\nHost: x'],
    ['a header of JSON', '{"authorization":"Basic bWU6eA==","host":"x"}', '{"authorization":"(left out)","host":"x"}'],
    ['a header of a proxy', 'proxy-authorization = Basic bWU6eA==', 'proxy-authorization = (left out)'],
    ['a bearer token by itself', 'got bearer 0123456789abcdef0', 'got bearer (left out)'],
    ['an address with a password', 'at https://me:x@host:1/a and socks5://y@h', 'at https://host:1/a and socks5://h'],
  ])('%s', (_, text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
  });

  it.each([
    'GET https://registry.example/a/b@sha256:0 by me@example.com',
    'the authorization failed: bearer tokens are not accepted',
    'pods "api" is forbidden: User "system:serviceaccount:shop:api" cannot list resource "pods" in API group ""',
    '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----',
  ])('and all else as it was: %s', (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });
});

/** What is known for a secret by its shape, and what stands there instead. */
const SHAPES: readonly (readonly [shape: RegExp, instead: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '(private key left out)'],
  // RFC 7519: a token of a service account, of OIDC.
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '(token left out)'],
  // RFC 9110, 11.6.2, as a proxy that shows the request on its page, or a server that logs it, has it.
  [/\b(authorization"?[ \t]*[:=][ \t]*"?)(?:\w+[ \t]+)?[^\s",]+/gi, '$1(left out)'],
  [/\b(bearer[ \t]+)[\w.~+/=-]{16,}/gi, '$1(left out)'],
  // RFC 3986, 3.2.1: a name and a password before the host.
  [/(?<=:\/\/)[^\s/?#"]*@/g, ''],
];

/** The text without private keys, tokens, and passwords in addresses: for texts that others wrote, and may quote what we sent them. */
export function withoutSecrets(text: string): string {
  return SHAPES.reduce((rest, [shape, instead]) => rest.replace(shape, instead), text);
}

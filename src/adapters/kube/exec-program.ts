/** Portcullis itself as a command in a container of its image (see the Dockerfile): what an exec runs knows no entry point. */
export function programOf(...words: readonly string[]): readonly string[] {
  return ['node', '/portcullis/dist/portcullis.js', ...words];
}

import { chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Another path may be given: a test builds beside its other files. */
const outfile = process.argv[2] ?? 'dist/portcullis.js';

/**
 * Of the client library we use the kubeconfig alone. Its index loads a model of every API, 13 MB that each start would have to read: so that
 * one module is taken, and of what it imports only the two names that it uses. Its reader of YAML looks up models; ours needs none.
 */
const library = dirname(createRequire(import.meta.url).resolve('@kubernetes/client-node'));
const kubeconfigOnly = {
  name: 'kubeconfig-only',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: 'kubeconfig', namespace: 'kubeconfig' }));
    onLoad({ filter: /.*/, namespace: 'kubeconfig' }, () => ({
      contents: "export { KubeConfig } from './config.js'; export { load as loadYaml } from 'js-yaml';",
      resolveDir: library,
    }));
    onLoad({ filter: /client-node\/dist\/gen\/index\.js$/ }, () => ({
      contents: "export { createConfiguration } from './configuration.js'; export { ServerConfiguration } from './servers.js';",
      resolveDir: join(library, 'gen'),
    }));
  },
};

const shared = { bundle: true, platform: 'node', target: 'node20', minifySyntax: true, minifyWhitespace: true, logLevel: 'warning' };

/**
 * The packages that only some commands need, four fifths of the whole, are files of their own, which are read when they are first imported: a
 * `check` wants none of them.
 */
const apart = {
  name: 'apart',
  setup({ onResolve, onLoad }) {
    const packages = /^(@kubernetes\/client-node|@viz-js\/viz|fast-xml-parser|fastify|node-forge|pino|prom-client|ws)$/;
    onResolve({ filter: packages }, ({ path, resolveDir }) => ({ path, namespace: 'apart', pluginData: resolveDir }));
    onResolve({ filter: /.*/, namespace: 'apart' }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /.*/, namespace: 'apart' }, async ({ path, pluginData: resolveDir }) => {
      const file = `lib/${path.replace('@', '').replace('/', '-')}.cjs`;
      const stdin = { contents: `module.exports = require(${JSON.stringify(path)});`, resolveDir };
      await build({
        ...shared,
        stdin,
        format: 'cjs',
        outfile: join(dirname(outfile), file),
        legalComments: 'linked',
        plugins: [kubeconfigOnly],
      });
      return { contents: `module.exports = require('./${file}');` };
    });
  },
};

/**
 * Bundles the command line into a folder that needs nothing outside of it. The banner gives packages that are CommonJS inside what a module
 * of ECMAScript lacks. pino's worker is left out: it is started for transports only, which we do not use.
 */
await build({
  ...shared,
  entryPoints: ['src/main.ts'],
  outfile,
  format: 'esm',
  legalComments: 'linked',
  plugins: [apart],
  banner: {
    js: [
      "import { createRequire as createRequireOfBundle } from 'node:module';",
      "import { fileURLToPath as pathOfBundle } from 'node:url';",
      'const require = createRequireOfBundle(import.meta.url);',
      'const __filename = pathOfBundle(import.meta.url);',
      "const __dirname = pathOfBundle(new URL('.', import.meta.url));",
    ].join('\n'),
  },
});
await chmod(outfile, 0o755);

/** Dependencies point inwards: core <- ports <- app <- cli and main; adapters know core and ports, never each other. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-pure',
      severity: 'error',
      comment: 'core maps values to values: no I/O, no library, nothing outside of core (hashing is a pure function)',
      from: { path: '^src/core' },
      to: { pathNot: '^(src/core|node:crypto$|crypto$)' },
    },
    { name: 'ports-know-core-only', severity: 'error', from: { path: '^src/ports\\.ts$' }, to: { pathNot: '^src/core' } },
    { name: 'app-knows-core-and-ports', severity: 'error', from: { path: '^src/app' }, to: { pathNot: '^src/(app|core|ports\\.ts)' } },
    {
      name: 'adapters-know-core-and-ports',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)' },
      to: { path: '^src/(app|cli|main|adapters/(?!$1/))' },
    },
    { name: 'nothing-knows-the-entry', severity: 'error', from: { path: '^src' }, to: { path: '^src/main\\.ts$' } },
    {
      name: 'one-adapter-per-library',
      severity: 'error',
      comment: 'a library is known in exactly one adapter',
      from: { path: '^src/(?!adapters/kube)' },
      to: { path: 'node_modules/@kubernetes' },
    },
    { name: 'websockets-in-kube', severity: 'error', from: { path: '^src/(?!adapters/kube)' }, to: { path: 'node_modules/ws/' } },
    { name: 'fastify-in-http', severity: 'error', from: { path: '^src/(?!adapters/http)' }, to: { path: 'node_modules/fastify' } },
    { name: 'yaml-in-yaml', severity: 'error', from: { path: '^src/(?!adapters/yaml)' }, to: { path: 'node_modules/js-yaml' } },
    { name: 'forge-in-certs', severity: 'error', from: { path: '^src/(?!adapters/certs)' }, to: { path: 'node_modules/node-forge' } },
    { name: 'xml-in-scan', severity: 'error', from: { path: '^src/(?!adapters/scan)' }, to: { path: 'node_modules/fast-xml-parser' } },
    {
      name: 'metrics-in-metrics',
      severity: 'error',
      from: { path: '^src/(?!adapters/metrics)' },
      to: { path: 'node_modules/prom-client' },
    },
    { name: 'graphviz-in-graphviz', severity: 'error', from: { path: '^src/(?!adapters/graphviz)' }, to: { path: 'node_modules/@viz-js' } },
    { name: 'log-in-log', severity: 'error', from: { path: '^src/(?!adapters/log)' }, to: { path: 'node_modules/pino' } },
    {
      name: 'commander-in-cli',
      severity: 'error',
      from: { path: '^src/(?!cli|main)' },
      to: { path: 'node_modules/(commander|cli-table3|picocolors)' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};

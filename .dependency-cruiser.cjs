// Who may import whom: ARCHITECTURE.md, "The rooms". Tests may look into every room.
const rooms = [
  'data',
  'features',
  'model',
  'train',
  'registry',
  'stream',
  'score',
  'store',
  'alert',
  'notify',
  'report',
]
const allowed = {
  core: [],
  model: ['core'],
  features: ['core', 'model'],
  data: ['core', 'model', 'features'],
  train: ['core', 'model', 'features'],
  score: ['core', 'model', 'features'],
  registry: ['core', 'model', 'features'],
  stream: ['core'],
  store: ['core'],
  alert: ['core'],
  notify: ['core'],
  report: ['core'],
}

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(allowed).map(([room, may]) => ({
      name: `${room}-imports-only-${may.join('-') || 'nothing'}`,
      severity: 'error',
      from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(${[room, ...may].join('|')})/` },
    })),
    {
      name: 'web-uses-doors-only',
      severity: 'error',
      from: { path: '^src/web/', pathNot: '\\.test\\.ts$' },
      to: { path: `^src/(${rooms.join('|')})/`, pathNot: `^src/(${rooms.join('|')})/\\1\\.ts$` },
    },
    {
      name: 'cli-uses-app-config-and-core',
      severity: 'error',
      from: { path: '^src/cli/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(cli|core|app)/|^src/(app|config)\\.ts$' },
    },
    {
      name: 'loop-and-config-import-core-only',
      severity: 'error',
      from: { path: '^src/(loop\\.ts$|config\\.ts$|config/)', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(core|config)/' },
    },
    {
      name: 'no-test-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '\\.test\\.ts$|^test/' },
    },
    {
      name: 'no-development-dependency-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}

const { readdirSync } = require('node:fs');
const { join } = require('node:path');

/** What is no room below libs: a folder that is not named here is one, and inside the walls. */
const MACHINERY = ['config', 'event-sourcing', 'words', 'http', 'registre', 'log', 'seance-file', 'bus', 'room'];
const ROOMS = ['libs', 'tests/architecture/fixtures/libs']
  .flatMap((libs) => readdirSync(join(__dirname, libs), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && !MACHINERY.includes(entry.name))
  .map(({ name }) => name)
  .join('|');

/**
 * Who may know whom. Each rule has a fixture in tests/architecture/fixtures that makes it fail.
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two modules that need each other are one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'deciders-import-no-package',
      comment: 'Rules are pure: no package, no Node module, no store.',
      severity: 'error',
      from: { path: '\\.decider\\.ts$', pathNot: '^libs/event-sourcing/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'core'] },
    },
    {
      name: 'room-by-its-door',
      comment: 'A room is entered by its index.ts only.',
      severity: 'error',
      from: { path: '^(?:tests/architecture/fixtures/)?libs/([^/]+)/' },
      to: { path: `libs/(?:${ROOMS})/`, pathNot: ['libs/$1/', 'libs/[^/]+/index\\.ts$'] },
    },
    {
      name: 'apps-enter-rooms-by-the-register',
      comment: 'Processes hold no rules.',
      severity: 'error',
      from: { path: '^(?:tests/architecture/fixtures/)?apps/' },
      to: { path: `libs/(?:${ROOMS})/` },
    },
    {
      name: 'machine-knows-no-copil',
      comment: 'The machine knows no COPIL word: it imports nothing of the register.',
      severity: 'error',
      from: { path: 'libs/event-sourcing/', pathNot: '\\.spec\\.ts$' },
      to: { path: '(?:libs/(?!event-sourcing/)|apps/|infra/)' },
    },
    {
      name: 'no-way-back',
      comment:
        'What is below does not know what is above: facts, the plan of a room, rooms, the register, its doors.',
      severity: 'error',
      from: { path: `libs/(?:words|room|config|${ROOMS})/`, pathNot: '\\.spec\\.ts$' },
      to: { path: '(?:libs/(?:registre|log|seance-file|bus|http)/|apps/)' },
    },
    {
      name: 'the-register-stands-alone',
      comment: 'Séance files and the log’s administration use the register; it knows neither.',
      severity: 'error',
      from: { path: '^(?:tests/architecture/fixtures/)?libs/registre/', pathNot: '\\.spec\\.ts$' },
      to: { path: 'libs/(?:log|seance-file|bus)/' },
    },
    {
      name: 'only-the-store-speaks-to-its-server',
      comment: 'The rest of the project cannot tell which log it runs on.',
      severity: 'error',
      from: {
        pathNot: [
          '^libs/event-sourcing/',
          '^libs/config/',
          '\\.spec\\.ts$',
          '^tests/(?!architecture/fixtures)',
          '^infra/migrations/',
        ],
      },
      to: { path: '^node_modules/(?:pg|@types/pg|pg-copy-streams|typeorm)/' },
    },
    {
      name: 'kurrentdb-in-its-store',
      comment: 'The client of KurrentDB is imported by the store that is made of it, and by nothing else.',
      severity: 'error',
      from: { pathNot: ['^libs/event-sourcing/stores/kurrentdb/', '^tests/bench/'] },
      to: { path: '^node_modules/@kurrent/' },
    },
    {
      name: 'stores-by-the-log',
      comment: 'That store is loaded where a log is opened by its address, and nowhere else.',
      severity: 'error',
      from: {
        pathNot: ['^libs/event-sourcing/stores/kurrentdb/', '^libs/registre/log\\.ts$', '^tests/bench/'],
      },
      to: { path: 'libs/event-sourcing/stores/kurrentdb/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};

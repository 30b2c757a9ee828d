import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const SAFE_PARSE = {
  selector: "CallExpression[callee.property.name='safeParse']",
  message: 'parseInput or requireInput: a schema may stumble over what comes from outside.',
};

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'coverage/',
      'tests/architecture/fixtures/',
      'tests/e2e/client/',
      '*.config.js',
      'infra/licences.mjs',
      '.dependency-cruiser.cjs',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, allowDefaultCaseForExhaustiveSwitch: false },
      ],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/require-await': 'off',
      // What is left out of the rest.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      // Our interfaces have functions that close over what they need, not methods that ask for `this`.
      '@typescript-eslint/unbound-method': 'off',
      // A row's column is unknown to the compiler; its definition says that it is text.
      '@typescript-eslint/no-base-to-string': 'off',
      // apps/output.ts prints what a terminal can be trusted with.
      'no-console': 'error',
      'no-restricted-syntax': ['error', SAFE_PARSE],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'libs/config alone reads the environment.' },
      ],
    },
  },
  {
    files: ['libs/event-sourcing/parse-input.ts', 'libs/config/environment.ts', '**/*.spec.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Rooms say what they ask of a view; how that is SQL is said once.
    files: ['**/libs/**', '**/apps/**'],
    ignores: ['libs/event-sourcing/**', 'libs/config/**', '**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        SAFE_PARSE,
        {
          selector: "Property[key.name='sql'], TemplateElement[value.raw=/^\\s*(SELECT|INSERT|UPDATE|DELETE)\\s/]",
          message: 'The machine speaks SQL: libs/event-sourcing/views/asking.ts and books.ts.',
        },
      ],
    },
  },
  {
    // A door that recorded or read by itself would be one that rights and metrics do not see.
    files: ['libs/http/**', 'apps/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/seance-file/index.js'],
              importNames: ['importFile'],
              message: 'bus.record: all that is recorded goes by one command.',
            },
            {
              group: ['**/event-sourcing/index.js'],
              importNames: ['handleCommands'],
              message: 'bus.record: all that is recorded goes by one command.',
            },
          ],
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'libs/config alone reads the environment.' },
        { object: 'registre', property: 'execute', message: 'bus.record: all that is recorded goes by it.' },
        { object: 'registre', property: 'reader', message: 'bus.read: all that is asked goes by it.' },
      ],
    },
  },
  { files: ['tests/**', '**/*.contract.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['libs/config/**', 'tests/support/**', 'tests/faults/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // An HTTP answer, a parsed file or a database row has no type of its own in a test.
    files: ['**/*.spec.ts', '**/*.contract.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);

import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Rules that this project adds: borders are parsed, never asserted (docs/decisions/0001). */
const house = {
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/prefer-nullish-coalescing': [
    'error',
    { ignorePrimitives: { boolean: true, string: true } },
  ],
  // A type parameter used once names what a parser at a border hands out.
  '@typescript-eslint/no-unnecessary-type-parameters': 'off',
  'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
  'no-console': 'error',
  // `const { body: _, ...rest }` is how a member is left out.
  '@typescript-eslint/no-unused-vars': [
    'error',
    { ignoreRestSiblings: true, varsIgnorePattern: '^_$', argsIgnorePattern: '^_' },
  ],
  eqeqeq: 'error',
};

/** The environment is read once, at the entry; below it settings are passed as arguments. */
const noEnvironment = [
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Take settings as an argument; only entry points read the environment.',
  },
  {
    selector: "VariableDeclarator[init.name='process'] > ObjectPattern > Property[key.name='env']",
    message: 'Take settings as an argument; only entry points read the environment.',
  },
];

/** Time and identifiers are injected, so that tests can set them. */
const noAmbientClockOrIds = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Take a Clock as an argument; only server/compose.ts reads the wall clock.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0], CallExpression[callee.name='Date']",
    message: 'Take a Clock as an argument; only server/compose.ts reads the wall clock.',
  },
  {
    selector: "Identifier[name='randomUUID']",
    message: 'Take Ids as an argument; only server/compose.ts makes random identifiers.',
  },
];

export default tseslint.config(
  {
    ignores: [
      'dist',
      'node_modules',
      'data',
      'coverage',
      'test/support/import-fixture',
      'server/stix/types.ts',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: house,
  },
  {
    files: ['**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        AbortController: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { module: 'writable' } },
  },
  {
    files: ['server/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noEnvironment, ...noAmbientClockOrIds] },
  },
  {
    files: ['server/main.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noAmbientClockOrIds] },
  },
  {
    files: ['server/compose.ts', 'scripts/cli/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noEnvironment] },
  },
  {
    // node:test returns promises that the runner itself awaits.
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-floating-promises': 'off', 'max-lines': ['error', { max: 500 }] },
  },
);

#!/usr/bin/env node
// Checks the version before anything is imported that an old Node cannot read.
import { existsSync } from 'node:fs';
import { requireNode } from './require-node.js';

requireNode();
const { enableCompileCache } = await import('node:module');
// Halves the time that a command takes to start.
enableCompileCache();
// The npm scripts read .env when it is there; an installed command has only its environment.
if (process.env.npm_lifecycle_event !== undefined && existsSync('.env')) process.loadEnvFile('.env');
const { runCli } = await import('./cli.ts');
process.exitCode = await runCli(process.argv.slice(2), process.env);

import type { Store } from '../storage/port.ts';
import type { Logger } from '../ops/logger.ts';
import { obligations } from '../storage/port.ts';
import { settings } from '../config/load.ts';
import { open } from '../storage/sqlite/sqlite-store.ts';
import express from 'express';
import type { Request } from 'express';
import passport from 'passport';
import { Ajv } from 'ajv/dist/2020.js';
import { DatabaseSync } from 'node:sqlite';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { env } from 'node:process';
export type Read = (store: Store, log: Logger, request: Request) => void;
export const all = [
  obligations,
  settings,
  open,
  express,
  passport,
  Ajv,
  DatabaseSync,
  MongoClient,
  pino,
  env,
];

import type { Type } from '@nestjs/common';
import { published, rooms } from '../registre/index.js';
import { actController, CorrectionController } from './act.controllers.js';
import { PublicController } from './public.controllers.js';
import { HistoryController, viewController } from './read.controllers.js';

export { answerProtocolErrors, gate } from './gate.js';
export { openApi } from './openapi.js';
export { ProblemFilter } from './problem.js';

/** Every door of the API. Acts come before views, whose wildcard takes what is left. */
export const versionedControllers: Type[] = [
  ...rooms.flatMap(({ sayings }) => sayings.map(({ act }) => actController(act))),
  CorrectionController,
  ...published.map(viewController),
  HistoryController,
];
export const publicControllers: Type[] = [PublicController];

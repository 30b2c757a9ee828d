import type { Provider, Type } from '@nestjs/common';
import { published, rooms } from '../registre/index.js';
import { CorrectionController, roomDoor } from './act.controllers.js';
import { ExpensiveReads } from './expensive-reads.js';
import { PublicController } from './public.controllers.js';
import { HistoryController, viewController } from './read.controllers.js';

export { answerProtocolErrors, gate } from './gate.js';
export { openApi } from './openapi.js';
export { ProblemFilter } from './problem.js';

const doors = rooms.map(roomDoor);

/** Every door of the API. Acts come before views, whose wildcard takes what is left. */
export const versionedControllers: Type[] = [
  ...doors.flatMap(({ controllers }) => controllers),
  CorrectionController,
  ...published.map(viewController),
  HistoryController,
];
export const publicControllers: Type[] = [PublicController];
export const providers: Provider[] = [...doors.map(({ handler }) => handler), ExpensiveReads];

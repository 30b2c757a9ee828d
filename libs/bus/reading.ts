import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Registre } from '../registre/index.js';
import { ExpensiveReads } from './expensive-reads.js';

/** The one query: all that is asked of the register goes by it. */
export class ReadQuery<T = unknown> extends Query<T> {
  /**
   * @param what what is read: a view by its name, `journal`, `pourquoi`
   * @param expensive whether it may look at much: it then waits with its like, and nothing else waits for it
   */
  constructor(
    readonly what: string,
    readonly read: (registre: Registre) => Promise<T>,
    readonly expensive: boolean,
  ) {
    super();
  }
}

/** Its one handler: whoever may read, and how long it takes, is to be asked here. */
@QueryHandler(ReadQuery)
export class ReadHandler implements IQueryHandler<ReadQuery> {
  constructor(
    private readonly registre: Registre,
    private readonly expensive: ExpensiveReads,
  ) {}

  execute({ read, expensive }: ReadQuery): Promise<unknown> {
    const work = () => read(this.registre);
    return expensive ? this.expensive.run(work) : work();
  }
}

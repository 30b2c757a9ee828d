import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, type Environment, openDatabase, openReadSide } from '../config/index.js';
import {
  type AnyView,
  type Desk,
  DiskFull,
  entityOf,
  eventId,
  type EventStore,
  type Handled,
  handleCommands,
  type HandleOptions,
  type Instruction,
  openDesk,
  PostgresEventStore,
  privateTypes,
  Projector,
  type ProjectorOptions,
  type Reservation,
  type Served,
  servedBy,
  StillSearching,
  StreamMemory,
} from '../event-sourcing/index.js';
import { type ActContext, Connus, type NamedKind, Numbering } from '../room/index.js';
import { openLog, ourMigrations } from './log.js';
import { dayOfSeance } from './seances.js';
import { seanceNonClose } from '../copil/index.js';
import { consequences, kinds, views } from './rooms.js';
import { LogWatch } from './log-watch.js';

const WAIT_MILLISECONDS = 10_000;
/** As long as who records waits for views. */
const A_MOMENT_MILLISECONDS = 1000;
const LOOK_AGAIN_MILLISECONDS = 20;
const ROOM_LASTS_MILLISECONDS = 200;

/** The views have not reached the position that was asked for within the time that a reader waits. */
export class ViewsBehind extends Error {
  override readonly name = 'ViewsBehind';
  constructor(
    readonly wanted: bigint,
    readonly reached: bigint,
  ) {
    super(`Les vues en sont à la position ${reached}, la lecture demande ${wanted} : réessayez.`);
  }
}

export interface RegistreOptions extends ProjectorOptions {
  /** Whether reads bring the views up to date themselves, or wait for a projector elsewhere. */
  readonly projects?: boolean;
  /** Folds the views anew from a log that is not the one they came from: after a restoration. */
  readonly adopt?: boolean;
  /** Told every few seconds while a server of many others' events is searched for ours. */
  onSearching?(): void;
}

/** The register, open: its log, its views, and what can be done with them. */
export class Registre {
  readonly logWatch = new LogWatch(() => this.projector.verifyLog());
  readonly numbering: Numbering;
  /** When there was room last. */
  private roomy = 0;

  private constructor(
    readonly database: Database,
    readonly store: EventStore,
    private readonly desk: Desk,
    readonly projector: Projector,
    private readonly projects: boolean,
    private readonly memory: StreamMemory,
  ) {
    this.numbering = new Numbering(store);
  }

  get reader(): Desk['reader'] {
    return this.desk.reader;
  }

  get books(): Desk['books'] {
    return this.desk.books;
  }

  get requests(): Desk['requests'] {
    return this.desk.requests;
  }

  /** Opens the configured database (creating and migrating the embedded one), prepares the views. */
  static async open(environment: Environment, options: RegistreOptions = {}): Promise<Registre> {
    const database = await openDatabase(environment, ourMigrations());
    return Registre.over(database, options, await openLog(environment, database));
  }

  /** @param log defaults to the one in the database */
  static async over(database: Database, options: RegistreOptions = {}, log?: EventStore): Promise<Registre> {
    const store = log ?? new PostgresEventStore(database.application);
    const readSide = await openReadSide(database, views.map(entityOf), privateTypes);
    const desk = openDesk(database.application, readSide, views);
    const memory = new StreamMemory(store);
    const projector = new Projector(store, database.application, views, kinds, { ...options, memory });
    const projects = options.projects ?? true;
    try {
      await searched(store, options);
      if (options.adopt) await projector.adopt();
      if (projects) await projector.prepare();
      else await projector.verifyLog();
    } catch (error) {
      await projector.close();
      await Promise.all([store.close(), desk.close()]);
      database.close();
      throw error;
    }
    return new Registre(database, store, desk, projector, projects, memory);
  }

  async execute(instructions: readonly Instruction[], options?: HandleOptions): Promise<Handled> {
    await this.logWatch.requireLog();
    await this.requireRoom();
    const known = { memory: this.memory, consequences, today: aujourdhui() };
    return handleCommands(this.store, instructions, { ...known, ...options });
  }

  /**
   * A server of ours whose disk is full stops altogether, and does not start again: before that, nothing more is
   * recorded, and what is there can still be read.
   */
  private async requireRoom(): Promise<void> {
    if (Date.now() - this.roomy < ROOM_LASTS_MILLISECONDS) return;
    if (await this.diskIsFull()) throw new DiskFull(`no room left in ${this.database.description}`);
    this.roomy = Date.now();
  }

  /** Of a server of ours; elsewhere the server says so itself. */
  async diskIsFull(): Promise<boolean> {
    return (await this.database.embedded?.isFull()) ?? false;
  }

  /** Once the views hold everything up to a position: the generations that do. @throws ViewsBehind */
  async upTo(position: bigint, milliseconds = WAIT_MILLISECONDS): Promise<Served> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const reached = await this.reached();
      if (reached.position >= position) return reached.served;
      const left = deadline - Date.now();
      if (left <= 0) throw new ViewsBehind(position, reached.position);
      await Promise.race([this.foldedOn(), sleep(left, undefined, { ref: false })]);
    }
  }

  /** The position that every view has reached, and the generations that have; -1 where one is not built yet. */
  async reached(): Promise<{ position: bigint; served: Served }> {
    const live = await this.books.live();
    const served = servedBy(live);
    if (live.length < views.length) return { position: -1n, served };
    const checkpoints = live.map(({ checkpoint }) => checkpoint);
    return { position: checkpoints.reduce((min, one) => (one < min ? one : min)), served };
  }

  /** Where reads fold themselves, until all is folded or somebody else has gone on; else a moment. */
  private async foldedOn(): Promise<void> {
    if (this.projects) await this.projector.catchUpTogether();
    else await sleep(LOOK_AGAIN_MILLISECONDS);
  }

  /**
   * What accompanies a command from outside. `today` is the day in Paris, where the committees sit.
   * @param reservation of a request that may come again
   */
  context(asker: Pick<ActContext, 'commandId' | 'author' | 'former'>, reservation?: Reservation): ActContext {
    const { commandId, former } = asker;
    return {
      ...asker,
      today: aujourdhui(),
      connus: (comite) => this.connus(comite),
      amending: (seance, motif) => ({ of: seanceNonClose(seance), motif }),
      allocate: async (kind, prefix) => {
        const reserved =
          (await reservation?.reference()) ?? (former && (await this.begunBy(former.id, kind, prefix)));
        const isOurs = reserved?.startsWith(prefix) === true;
        if (isOurs && (await this.numbering.isFor(kind, reserved, commandId, former?.id))) return reserved;
        const reference = await this.numbering.next(kind, prefix);
        await reservation?.keep(reference);
        return reference;
      },
      dayOf: (seance) => dayOfSeance(this.store, seance, aujourdhui()),
    };
  }

  /**
   * Who acts in a committee, and what its people are called, with those that are named beside. Views that are behind
   * keep nobody from recording: they then know as much as they have read.
   */
  async connus(
    comite: string,
    beside: { readonly acteurs: readonly string[]; readonly personnes: readonly string[] } = NOBODY,
  ): Promise<Connus> {
    const { position, served } = await this.knownNow();
    const today = aujourdhui();
    const asked = { basis: { position, served }, referenceDay: { first: today, last: today }, scope: comite };
    const rows = (view: string) => this.reader.rows(viewNamed(view), asked);
    const [actions, membres, personnes] = await Promise.all([
      rows('actions'),
      rows('membres'),
      rows('personnes'),
    ]);
    return new Connus({
      acteurs: [
        ...actions.flatMap(({ acteurs }) => acteurs as string[]),
        ...membres.map(({ institution }) => String(institution)),
        ...beside.acteurs,
      ],
      personnes: [
        ...personnes.flatMap(({ nom }) => (nom === null ? [] : [String(nom)])),
        ...beside.personnes,
      ],
    });
  }

  private async knownNow(): Promise<{ position: bigint; served: Served }> {
    const position = await this.store.head();
    try {
      return { position, served: await this.upTo(position, A_MOMENT_MILLISECONDS) };
    } catch (error) {
      if (!(error instanceof ViewsBehind)) throw error;
      return this.reached();
    }
  }

  /** The thing that a request of an earlier release began, which kept no reference for it. */
  private async begunBy(
    command: string,
    { name }: Pick<NamedKind, 'name'>,
    prefix: string,
  ): Promise<string | undefined> {
    const { position, served } = await this.reached();
    const today = aujourdhui();
    const rows = await this.reader.rows(viewNamed('liens'), {
      basis: { position, served },
      referenceDay: { first: today, last: today },
      filters: { vers: name.holderOf(`${prefix}1`), evenement: eventId(command, 0) },
    });
    return rows.map(({ de }) => String(de)).find((reference) => name.pattern.test(reference));
  }

  async close(): Promise<void> {
    await this.projector.close();
    await this.store.close();
    await this.desk.close();
    this.database.close();
  }
}

const NOBODY = { acteurs: [], personnes: [] };

/** Where nobody waits for an answer yet, the search for our events among others' may take its time. */
async function searched(store: EventStore, { onSearching }: RegistreOptions): Promise<void> {
  for (;;)
    try {
      await store.head();
      return;
    } catch (error) {
      if (!(error instanceof StillSearching)) throw error;
      onSearching?.();
    }
}

const enFrance = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' });

/** Today, `YYYY-MM-DD`, where the committees sit. */
export const aujourdhui = (instant = new Date()): string => enFrance.format(instant);

export const viewNamed = (name: string): AnyView => views.find((view) => view.name === name)!;

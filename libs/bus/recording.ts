import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  CommandMismatch,
  ContentDiffers,
  type Correcting,
  type Fact,
  type FormerId,
  type Handled,
  type HandleOptions,
  Refusals,
  type Reservation,
  streamOf,
} from '../event-sourcing/index.js';
import { type Empreinte, empreinteDeCloture } from '../log/index.js';
import { aujourdhui, Registre } from '../registre/index.js';
import { type Act, correctionOf, type NamedKind } from '../room/index.js';
import {
  annulerImport,
  type ImportAnnule,
  type Importe,
  importFile,
  type ImportOptions,
  type WithdrawalOptions,
} from '../seance-file/index.js';

const MAX_NUMBERS_TRIED = 50;

/** Who records, and under which command. */
export interface Asker {
  readonly commandId: string;
  readonly author: string;
  readonly former?: FormerId;
  /** The command has an idempotency key. */
  readonly keyed: boolean;
}

/** What can be recorded, by whatever door. */
export type Recording =
  | {
      readonly what: 'act';
      readonly act: Act;
      readonly body: unknown;
      readonly reference: string;
      readonly asker: Asker;
    }
  | {
      readonly what: 'correction';
      readonly kind: NamedKind;
      readonly reference: string;
      readonly correcting: Correcting<Fact>;
      readonly motif: string;
      readonly asker: Asker;
    }
  | {
      readonly what: 'file';
      readonly name: string;
      readonly text: string;
      readonly options: ImportOptions;
    }
  | {
      readonly what: 'withdrawal';
      readonly name: string;
      readonly text: string;
      readonly options: WithdrawalOptions;
    };

export interface ActDone {
  /** Of what it is about. */
  readonly reference: string;
  /** In whose history it stands. */
  readonly stream: string;
  readonly handled: Handled;
  /** Of the log, where a séance was closed. */
  readonly empreinte: Empreinte | null | undefined;
}

export interface Results {
  readonly act: ActDone;
  readonly correction: Handled;
  readonly file: Importe;
  readonly withdrawal: ImportAnnule;
}

/** The one command: all that is recorded goes by it. */
export class RecordCommand<R extends Recording = Recording> extends Command<Results[R['what']]> {
  constructor(readonly recording: R) {
    super();
  }
}

type Of<W extends Recording['what']> = Extract<Recording, { what: W }>;

/** Its one handler: whoever may record, and how much it costs, is to be asked here. */
@CommandHandler(RecordCommand)
export class RecordHandler implements ICommandHandler<RecordCommand> {
  constructor(private readonly registre: Registre) {}

  async execute({ recording }: RecordCommand): Promise<Results[Recording['what']]> {
    switch (recording.what) {
      case 'act':
        return this.act(recording);
      case 'correction':
        return this.correction(recording);
      case 'file':
        return importFile(this.registre, recording.name, recording.text, recording.options);
      case 'withdrawal':
        return annulerImport(this.registre, recording.name, recording.text, recording.options);
    }
  }

  private act({ act, body, reference, asker }: Of<'act'>): Promise<ActDone> {
    const request = [act.on, act.path, reference, body];
    return this.once(asker, request, async (options, reservation) => {
      for (let attempt = 1; ; attempt += 1) {
        const context = this.registre.context(asker, reservation);
        const instructions = await act.instruct(body, reference, context);
        try {
          const handled = await this.registre.execute(instructions, options);
          const empreinte = await empreinteDeCloture(this.registre, handled);
          const { kind, reference: holder, part = holder } = instructions[0]!;
          return { reference: part, stream: streamOf(kind, holder), handled, empreinte };
        } catch (error) {
          if (isNumberTaken(error, act) && attempt < MAX_NUMBERS_TRIED) continue;
          if (act.numberTaken) this.registre.numbering.giveBack(instructions[0]!.reference);
          throw error;
        }
      }
    });
  }

  private correction({ kind, reference, correcting, motif, asker }: Of<'correction'>): Promise<Handled> {
    const instruction = correctionOf({ kind, reference, correcting }, { ...asker, statedOn: aujourdhui() });
    const request = ['correction', kind.category, reference, correcting, motif];
    return this.once(asker, request, (options) =>
      this.registre.execute([{ ...instruction, source: { motif } }], options),
    );
  }

  /**
   * Carries out what a request asks for, once. Another request under its key is refused, and where the log holds
   * what the first one did, field by field.
   */
  private async once<T>(
    { commandId, keyed }: Asker,
    request: unknown,
    work: (options: HandleOptions, reservation?: Reservation) => Promise<T>,
  ): Promise<T> {
    if (!keyed) return work({});
    const { requests } = this.registre;
    try {
      return await requests.once(commandId, request, (reservation) => work({}, reservation));
    } catch (error) {
      if (!(error instanceof CommandMismatch)) throw error;
      const known = { reference: () => requests.referenceOf(commandId), keep: () => Promise.resolve() };
      await work({ dryRun: true }, known).catch((differing: unknown) => {
        if (differing instanceof ContentDiffers) throw differing;
      });
      throw error;
    }
  }
}

const isNumberTaken = (error: unknown, { numberTaken }: Act): boolean =>
  numberTaken !== undefined &&
  error instanceof Refusals &&
  error.refusals.some(({ refusal }) => 'code' in refusal && refusal.code === numberTaken);

/** The parts of a zod schema that the command line reads. Only operations import zod. */
export interface Schema {
  readonly _zod: {
    readonly def: {
      readonly type: string;
      /** optional, nullable, default and the like */
      readonly innerType?: Schema;
      /** pipe: the schema of the input before its transformation */
      readonly in?: Schema;
      /** union */
      readonly options?: readonly Schema[];
      /** array */
      readonly element?: Schema;
      /** object */
      readonly shape?: Readonly<Record<string, Schema>>;
      /** enum */
      readonly entries?: Readonly<Record<string, string | number>>;
    };
    /** `optional` where the field may be left out. */
    readonly optin?: string | undefined;
  };
}

/** The schema inside an optional, default or pipe; undefined for all others. */
export function inside(schema: Schema): Schema | undefined {
  return schema._zod.def.innerType ?? schema._zod.def.in;
}

/** As much of a zod schema as the command line reads. zod itself is the operations' affair. */
export interface Schema {
  readonly _zod: {
    readonly def: {
      readonly type: string;
      /** optional, nullable, default and the like */
      readonly innerType?: Schema;
      /** pipe: what is written, before it is transformed */
      readonly in?: Schema;
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

/** One level further in, or undefined at the schema that says what is written. */
export function inside(schema: Schema): Schema | undefined {
  return schema._zod.def.innerType ?? schema._zod.def.in;
}

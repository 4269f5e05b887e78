/**
 * A type of the API's client as plain data. The client's own are classes, have `Date` where JSON has text, and do not let
 * what is optional be undefined, which JSON leaves out.
 */
export type Plain<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Plain<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Plain<T[Key]> | UndefinedIfOptional<T, Key> }
      : T;

type UndefinedIfOptional<T, Key extends keyof T> = string extends Key
  ? undefined
  : object extends Pick<T, Key>
    ? undefined
    : never;

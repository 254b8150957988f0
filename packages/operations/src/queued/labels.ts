import { DiskSize } from '@pm/protocol';
import * as z from 'zod/mini';

/**
 * What an entry asks for and a worker lacks. `cuda` is there or not. `mem=32GiB` means at least that, if both values are sizes or numbers;
 * other values must be equal.
 * @param asked of the entry
 * @param has of the worker
 */
export function lacking(asked: readonly string[], has: readonly string[]): string[] {
  return asked.filter((label) => !has.some((own) => fits(label, own)));
}

function fits(asked: string, has: string): boolean {
  const [name, wanted] = parts(asked);
  const [own, value] = parts(has);
  if (name !== own) return false;
  if (wanted === undefined) return true;
  if (value === undefined) return false;
  const [least, most] = [amountOf(wanted), amountOf(value)];
  return least !== undefined && most !== undefined ? most >= least : wanted === value;
}

function parts(label: string): [name: string, value: string | undefined] {
  const at = label.indexOf('=');
  return at < 0 ? [label, undefined] : [label.slice(0, at), label.slice(at + 1)];
}

/** A number, or a size in bytes. */
function amountOf(value: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value);
  return z.safeParse(DiskSize, value).data;
}

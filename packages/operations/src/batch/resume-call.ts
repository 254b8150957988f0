import { basename, dirname } from 'node:path';
import { quote } from '@pm/protocol/text';
import { batchNameOf } from './step-names.ts';

/** The call that resumes a batch, as its caller would type it. @param dir as the caller has named it */
export function resumeCall(file: string, name: string, cwd: string, dir: string | undefined): string {
  const named = quote(cwd === dirname(file) ? basename(file) : file);
  const own = name === batchNameOf(file) ? '' : ` --name ${name}`;
  const place = dir === undefined ? '' : ` --dir ${quote(dir)}`;
  return `pm batch ${named}${own}${place} --resume`;
}

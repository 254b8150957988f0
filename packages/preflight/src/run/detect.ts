import type { Place } from '../check.ts';
import type { Asked } from './asked.ts';
import { BUILT_IN } from './built-in.ts';

/** The checks that apply here with nobody asking. One whose detection throws is left out: nobody asked for it. */
export function detectChecks(place: Place): Asked[] {
  return BUILT_IN.flatMap((check) => {
    try {
      const options = check.detect?.(place);
      return options === undefined ? [] : [{ check, options }];
    } catch {
      return [];
    }
  });
}

import { expect, test } from 'vitest';
import { inToolTerms } from './to-tool-calls.ts';

test.each([
  ['Rest between two attempts of --retries (10s).', 'Rest between two attempts of retries (10s).'],
  ['moved at most (pm extend); see --hard-timeout', 'moved at most (extend_run); see hardTimeout'],
  ['their defaults are in: pm help start', 'their defaults are in: the description of start_run'],
  [
    'pm start train -- python train.py; or name it in pm.config.json (pm init writes one)',
    'start_run {"step":"train","command":["python","train.py"]}; or name it in pm.config.json',
  ],
  ['stop takes steps, or a port: pm stop --port 3000', 'stop takes steps, or a port: stop_run {"port":3000}'],
  ['to see who it is: pm who 3000', 'to see who it is: show_status {"port":3000}'],
  ['to end all of them: pm down', 'to end all of them: stop_run {"all":true}'],
  ['first pm ensure web.', 'first start_run {"step":"web","options":{"ensure":true}}.'],
  ['pm watch tells it', 'pm watch tells it'],
])('%s', (sentence, told) => expect(inToolTerms(sentence)).toBe(told));

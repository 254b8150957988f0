import { type FrontendAnswer, frontendContract } from '@pm/operations/contract';
import { test } from './stage.ts';

// The page asks over HTTP, and is told what every frontend tells.
test.concurrent.for(frontendContract)('$title', async ({ run }, { stage }) => {
  const { ask } = await stage.serve('--port', '0');
  await run({
    folder: stage.folder,
    ask: (operation, input, signal): Promise<FrontendAnswer> => ask(operation, input, signal),
  });
});

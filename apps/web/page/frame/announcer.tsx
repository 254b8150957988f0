import { useEffect, useState } from 'preact/hooks';
import { visibleText } from '../log/visible.ts';

/** More sentences at once are counted instead of read out. */
const MOST = 3;

/** Reads out what happens, for those who do not see it. */
export function Announcer({ news }: { readonly news: readonly string[] }) {
  const [text, setText] = useState('');
  useEffect(() => {
    if (news.length > 0)
      setText(news.length > MOST ? `${news.length} runs have changed.` : news.map(visibleText).join(' '));
  }, [news]);
  return (
    <p class="unseen-label" role="status" aria-live="polite">
      {text}
    </p>
  );
}

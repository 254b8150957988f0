import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** An item of a long list. Items keep their elements by key. */
export interface ListItem {
  readonly key: string;
  readonly height: number;
}

export interface VirtualListProps<Item extends ListItem> {
  readonly label: string;
  readonly items: readonly Item[];
  readonly children: (item: Item) => ComponentChildren;
  /** The item that has to be in sight. */
  readonly shown?: string | undefined;
  /** Called with the width of the list, in pixels. */
  readonly measured?: (width: number) => void;
}

/** How far beyond its edges a list is drawn, pixels: a quick scroll shows no gap. */
const BEYOND = 240;

// Why: contributing/decisions/2026-11-29-what-the-page-is-made-of.md
/** A list of any length of which only the part in sight is drawn. */
export function VirtualList<Item extends ListItem>({
  label,
  items,
  children,
  shown,
  measured,
}: VirtualListProps<Item>) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(800);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      setHeight(entry?.contentRect.height ?? 800);
      measured?.(entry?.contentRect.width ?? 800);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const tops: number[] = [];
  let total = 0;
  for (const item of items) {
    tops.push(total);
    total += item.height;
  }
  useEffect(() => {
    const index = items.findIndex(({ key }) => key === shown);
    const [from, element] = [tops[index], box.current];
    if (from === undefined || element === null) return;
    const to = from + (items[index]?.height ?? 0);
    if (from < element.scrollTop) element.scrollTop = from;
    else if (to > element.scrollTop + element.clientHeight) element.scrollTop = to - element.clientHeight;
  }, [shown]);
  const first = Math.max(0, indexAt(tops, top - BEYOND));
  const last = indexAt(tops, top + height + BEYOND);
  return (
    <div class="list" ref={box} onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}>
      <ul aria-label={label} style={{ height: `${total}px` }}>
        {items.slice(first, last + 1).map((item, index) => (
          <li
            key={item.key}
            aria-setsize={items.length}
            aria-posinset={first + index + 1}
            style={{ transform: `translateY(${tops[first + index]}px)`, height: `${item.height}px` }}
          >
            {children(item)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The index of the last item that begins at or above a place. */
function indexAt(tops: readonly number[], place: number): number {
  let [low, high] = [0, tops.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((tops[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

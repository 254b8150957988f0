import type { OverviewEvent, RunView } from '@pm/operations';
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';

function Page() {
  const [runs, setRuns] = useState<readonly RunView[]>([]);
  useEffect(() => {
    const events = new EventSource('events');
    events.onmessage = ({ data }) => {
      const event = JSON.parse(data) as OverviewEvent;
      if (event.type === 'all') setRuns(event.runs);
    };
    return () => events.close();
  }, []);
  return (
    <ul>
      {runs.map((run) => (
        <li key={run.id ?? run.step}>
          {run.step} {run.outcome ?? run.state}
        </li>
      ))}
    </ul>
  );
}

const place = document.getElementById('page');
if (place !== null) render(<Page />, place);

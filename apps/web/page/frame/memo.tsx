import { Component, type ComponentChild, type FunctionComponent } from 'preact';

/** Makes a component that is drawn again only when one of its properties is another one: of a thousand runs few change at a time. */
export function memo<Props extends object>(Drawn: FunctionComponent<Props>): new () => Component<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      const names = Object.keys({ ...this.props, ...next }) as (keyof Props)[];
      return names.some((name) => this.props[name] !== next[name]);
    }

    override render(props: Props): ComponentChild {
      return <Drawn {...props} />;
    }
  };
}

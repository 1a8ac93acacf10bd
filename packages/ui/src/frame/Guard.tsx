// A screen that breaks leaves the others, and the data, as they are.

import { Component, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Failed } from '../parts/Failed.js';
import { useWords } from '../words/index.js';

export class Guard extends Component<{ children: ReactNode }, { thrown?: Error | undefined }> {
  override state: { thrown?: Error | undefined } = {};

  static getDerivedStateFromError(thrown: Error): { thrown: Error } {
    return { thrown };
  }

  override render(): ReactNode {
    const { thrown } = this.state;
    return thrown ? <Broken thrown={thrown} again={() => this.setState({ thrown: undefined })} /> : this.props.children;
  }
}

function Broken({ thrown, again }: { thrown: Error; again: () => void }): ReactNode {
  const { say } = useWords();
  return (
    <section className="fb-screen">
      <h1>{say('app.failed')}</h1>
      <Failed error={{ code: 'screen', words: thrown.message }} />
      <Button className="fb-button" onPress={again}>
        {say('app.again')}
      </Button>
    </section>
  );
}

// A button that copies a text.

import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { useWords } from '../words/index.js';

export function Copy({ text, label }: { text: string; label?: string }): ReactNode {
  const { say } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <Button className="fb-link" onPress={() => void copy()}>
      {copied ? say('log.copied') : (label ?? say('log.copy'))}
    </Button>
  );
}

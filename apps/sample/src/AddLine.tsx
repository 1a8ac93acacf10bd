// A line to write in, and a button. What was typed stays until it is saved.

import { Icon } from '@fieldbook/ui';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';

export function AddLine({ label, add }: { label: string; add: (text: string) => Promise<boolean> }): ReactNode {
  const [text, setText] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '' && (await add(text.trim()))) setText('');
  };
  return (
    <form className="ck-add" onSubmit={(event) => void submit(event)}>
      <input aria-label={label} placeholder={label} value={text} maxLength={200} onChange={(event) => setText(event.target.value)} />
      <Button type="submit" className="fb-button fb-primary" aria-label={label}>
        <Icon name="plus" />
      </Button>
    </form>
  );
}

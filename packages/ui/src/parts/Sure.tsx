// A button for what cannot be taken back: it asks first.

import type { ReactNode } from 'react';
import { Button, Dialog, DialogTrigger, Heading, Modal } from 'react-aria-components';
import { useWords } from '../words/index.js';

export function Sure({ ask, why, yes, done }: { ask: string; why: string; yes: string; done: () => void }): ReactNode {
  const { say } = useWords();
  return (
    <DialogTrigger>
      <Button className="fb-button">{yes}</Button>
      <Modal className="fb-modal" isDismissable>
        <Dialog role="alertdialog">
          {({ close }) => (
            <>
              <Heading slot="title">{ask}</Heading>
              <p>{why}</p>
              <div className="fb-row">
                <Button className="fb-button fb-danger" onPress={() => { close(); done(); }}>{yes}</Button>
                <Button className="fb-button" onPress={close}>{say('cancel')}</Button>
              </div>
            </>
          )}
        </Dialog>
      </Modal>
    </DialogTrigger>
  );
}

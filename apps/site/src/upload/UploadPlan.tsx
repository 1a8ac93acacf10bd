// A floor gets its plan: a file is chosen, of a document a page, then its scale; then it is cut into tiles and brought to the server.

import type { Failure } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { Failed, NeedsConnection, useWords } from '@fieldbook/ui';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { useAct } from '../deeds.js';
import { Gone } from '../places/Estate.js';
import { type Floor, idOf, useFloor } from '../places/places.js';
import { BLOB_BYTES_MAX, FILE_BYTES_MAX, PIXELS_MAX, type Reason, Refused, SIDE_MAX } from '../plan/limits.js';
import { prepare } from '../plan/picture.js';
import { metres } from '../plan/space.js';
import { type Pages, type Read, read } from './read.js';
import { Scale } from './Scale.js';

/** How wide a plan is taken to be where nothing tells, in metres: as a floor that nobody has measured. */
const METRES = 60;
const LIMITS = { megabytes: FILE_BYTES_MAX >> 20, megapixels: PIXELS_MAX / 1e6, side: SIDE_MAX };

export function UploadPlan({ id: given }: { id: string | undefined }): ReactNode {
  const { say } = useWords();
  const id = idOf(given);
  const { floor, isKnown } = useFloor(id);
  if (!id || (isKnown && !floor)) return <Gone />;
  if (!floor) return null;
  return (
    <section className="fb-screen st-upload">
      <nav className="st-crumbs" aria-label={say('crumbs')}>
        <Link href={`/estate/${floor.estate}`}>{floor.estateName}</Link>
        <Link href={`/floor/${floor.id}`}>{floor.name}</Link>
      </nav>
      <h1>{say(floor.plan ? 'upload.replace' : 'upload.title')}</h1>
      <Steps key={floor.id} floor={floor} />
    </section>
  );
}

function Steps({ floor }: { floor: Floor }): ReactNode {
  const { say } = useWords();
  const { pages, picture, isReading, refused, take, turn } = useFile();
  return (
    <NeedsConnection what={say('upload.needs')}>
      <p className="fb-quiet">{say('upload.about', LIMITS)}</p>
      {floor.plan && <p className="fb-quiet">{say('upload.stays')}</p>}
      <label className="st-field">
        <span>{say('upload.file')}</span>
        <input type="file" accept=".png,.jpg,.jpeg,.svg,.pdf,image/png,image/jpeg,image/svg+xml,application/pdf" onChange={(event) => void take(event.target.files?.[0])} />
      </label>
      {refused && (
        <div className="fb-failed" role="alert">
          <p>{say(`upload.refused.${refused}`, LIMITS)}</p>
        </div>
      )}
      {pages && pages.count > 1 && (
        <label className="st-field">
          <span>{say('upload.page')}</span>
          <span className="fb-quiet">{say('upload.pages', { count: pages.count })}</span>
          <select onChange={(event) => void turn(pages, Number(event.target.value))}>
            {Array.from({ length: pages.count }, (_, at) => (
              <option key={at} value={at + 1}>
                {at + 1}
              </option>
            ))}
          </select>
        </label>
      )}
      {isReading && <p role="status">{say('upload.reading')}</p>}
      {picture && <Measure floor={floor} picture={picture} />}
    </NeedsConnection>
  );
}

/** A file, as far as it was read. What was read before goes when something else is. */
function useFile() {
  const [pages, setPages] = useState<Pages>();
  const [picture, setPicture] = useState<Read>();
  const [refused, setRefused] = useState<Reason>();
  const [isReading, setReading] = useState(false);
  /** What is read now: an answer to an earlier choice is let go. */
  const turnOf = useRef(0);
  useEffect(() => () => picture?.close(), [picture]);
  useEffect(() => () => pages?.close(), [pages]);

  const reading = async (what: (isNow: () => boolean) => Promise<void>) => {
    turnOf.current += 1;
    const mine = turnOf.current;
    const isNow = () => turnOf.current === mine;
    setPicture(undefined);
    setRefused(undefined);
    setReading(true);
    try {
      await what(isNow);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (isNow()) setRefused(error.reason);
    } finally {
      if (isNow()) setReading(false);
    }
  };
  const show = (made: Read, isNow: boolean) => (isNow ? setPicture(made) : made.close());
  const turn = (of: Pages, number: number) => reading(async (isNow) => show(await of.page(number), isNow()));
  const take = async (file: File | undefined) => {
    setPages(undefined);
    if (!file) return setPicture(undefined);
    return reading(async (isNow) => {
      const told = await read(file);
      if (told.is === 'picture') return show(told.picture, isNow());
      if (!isNow()) return told.pages.close();
      setPages(told.pages);
      return show(await told.pages.page(1), isNow());
    });
  };
  return { pages, picture, isReading, refused, take, turn };
}

function Measure({ floor, picture }: { floor: Floor; picture: Read }): ReactNode {
  const { say } = useWords();
  const [, go] = useLocation();
  const [wide, setWide] = useState<number>();
  const { upload, step, error, refused } = useUpload(floor, picture);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (wide !== undefined && !step && (await upload(wide))) go(`/floor/${floor.id}`);
  };
  return (
    <form className="st-form" onSubmit={(event) => void submit(event)}>
      <Scale picture={picture} metres={floor.metres ? floor.metres / 1000 : (picture.metres ?? METRES)} onWide={setWide} />
      <Failed error={error} />
      {refused && (
        <div className="fb-failed" role="alert">
          <p>{say(`upload.refused.${refused}`, LIMITS)}</p>
        </div>
      )}
      <div className="fb-row">
        <Button type="submit" className="fb-button fb-primary" isDisabled={wide === undefined || step !== undefined}>
          {say('upload.save')}
        </Button>
        {step && <p role="status">{step.is === 'preparing' ? say('upload.preparing') : say('upload.sending', { megabytes: step.megabytes })}</p>}
      </div>
    </form>
  );
}

type Step = { is: 'preparing' } | { is: 'sending'; megabytes: string };

/** Cuts a picture, brings both files to the server, and then says so on the floor, in one action. */
function useUpload(floor: Floor, picture: Read) {
  const book = useFieldbook();
  const { act, error: unsaid } = useAct();
  const [step, setStep] = useState<Step>();
  const [error, setError] = useState<Failure>();
  const [refused, setRefused] = useState<Reason>();
  const send = async (wide: number): Promise<boolean> => {
    setStep({ is: 'preparing' });
    // A device with little memory may not draw what another one does.
    const made = await prepare(picture.source, picture.width, picture.height).catch(() => undefined);
    if (!made || made.detail.length > BLOB_BYTES_MAX) {
      setRefused('detail');
      return false;
    }
    const { plan, detail, width, height } = made;
    setStep({ is: 'sending', megabytes: ((plan.length + detail.length) / 2 ** 20).toFixed(1) });
    const small = await book.putBlob(plan);
    const whole = small.ok ? await book.putBlob(detail) : small;
    if (!small.ok || !whole.ok) {
      setError(small.ok ? (whole.ok ? undefined : whole.error) : small.error);
      return false;
    }
    return act('floor.plan', [{ update: 'floor', id: floor.id, set: { plan: small.value.sum, detail: whole.value.sum, width, height, metres: metres(wide * 1000) } }]);
  };
  const upload = async (wide: number) => {
    setError(undefined);
    setRefused(undefined);
    try {
      return await send(wide);
    } finally {
      setStep(undefined);
    }
  };
  return { upload, step, error: error ?? unsaid, refused };
}

// Fields of one record, each with what people call it. What was typed stays until it is saved; what nobody touched shows what is there now.

import type { Fields, Json } from '@fieldbook/client';
import { useNames, useWords } from '@fieldbook/ui';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';

export interface FieldSpec {
  field: string;
  /** One line of text where nothing is said. */
  kind?: 'long' | 'date' | 'number' | 'decimal' | 'choice';
  options?: { value: string; words: string }[];
  required?: boolean;
  max?: number;
}

interface FormProps {
  type: string;
  fields: FieldSpec[];
  /** As they are. */
  values?: { [field: string]: Json | undefined };
  /** What the button says. */
  save: string;
  /** Gets what is another than before; of a new record all that was filled in. Whether it was done. */
  done: (changed: Fields) => Promise<boolean>;
  cancel?: () => void;
}

export function Form({ type, fields, values = {}, save, done, cancel }: FormProps): ReactNode {
  const { say } = useWords();
  const names = useNames();
  const [drafts, setDrafts] = useState<{ [field: string]: string }>({});
  const shown = (field: string) => drafts[field] ?? textOf(values[field]);
  const changed = fields.filter(({ field }) => drafts[field] !== undefined && drafts[field] !== textOf(values[field]));
  const isWhole = fields.every(({ field, required }) => !required || shown(field).trim() !== '');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isWhole || changed.length === 0) return;
    const set = Object.fromEntries(changed.map((spec) => [spec.field, valueOf(spec, shown(spec.field))]));
    if (await done(set)) setDrafts({});
  };
  return (
    <form className="st-form" onSubmit={(event) => void submit(event)}>
      {fields.map((spec) => (
        <label key={spec.field} className="st-field">
          <span>
            {names.field(type, spec.field)}
            {spec.required && <span aria-hidden="true"> *</span>}
          </span>
          <Field spec={spec} value={shown(spec.field)} change={(value) => setDrafts((old) => ({ ...old, [spec.field]: value }))} />
        </label>
      ))}
      {(changed.length > 0 || cancel) && (
        <div className="fb-row">
          <Button type="submit" className="fb-button fb-primary" isDisabled={!isWhole || changed.length === 0}>
            {save}
          </Button>
          <Button className="fb-button" onPress={() => (cancel ? cancel() : setDrafts({}))}>
            {say('cancel')}
          </Button>
        </div>
      )}
    </form>
  );
}

function Field({ spec, value, change }: { spec: FieldSpec; value: string; change: (value: string) => void }): ReactNode {
  const common = { value, required: spec.required ?? false, onChange: (event: { target: { value: string } }) => change(event.target.value) };
  switch (spec.kind) {
    case 'long':
      return <textarea rows={3} {...common} />;
    case 'choice':
      return (
        <select {...common}>
          {spec.options?.map((option) => (
            <option key={option.value} value={option.value}>
              {option.words}
            </option>
          ))}
        </select>
      );
    case 'date':
      return <input type="date" {...common} />;
    case 'number':
      return <input inputMode="numeric" pattern="-?[0-9]*" {...common} />;
    case 'decimal':
      return <input inputMode="decimal" pattern="[0-9]*([.,][0-9]{0,3})?" {...common} />;
    default:
      return <input maxLength={spec.max ?? 200} {...common} />;
  }
}

function textOf(value: Json | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

function valueOf({ kind }: FieldSpec, text: string): Json {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (kind === 'number') return Number.parseInt(trimmed, 10);
  return kind === 'decimal' ? trimmed.replace(',', '.') : trimmed;
}

// A line of a form.

import type { ReactNode } from 'react';
import { FieldError, Input, Label, Text, TextField } from 'react-aria-components';

interface LineProps {
  name: string;
  label: string;
  help?: string;
  value?: string | undefined;
  type?: 'text' | 'password';
  complete?: string;
}

export function Line({ name, label, help, value, type = 'text', complete = 'off' }: LineProps): ReactNode {
  return (
    <TextField name={name} type={type} isRequired defaultValue={value ?? ''} autoComplete={complete} className="fb-field">
      <Label>{label}</Label>
      <Input autoCapitalize="none" spellCheck={false} />
      {help && <Text slot="description">{help}</Text>}
      <FieldError />
    </TextField>
  );
}

import { type ComponentProps, type ReactNode, useId } from 'react'

type Own = { label: string; error?: string | undefined; hint?: ReactNode; unlabelled?: boolean }

export function TextField({ label, error, hint, unlabelled, className, ...input }: Own & ComponentProps<'input'>) {
  const id = useId()
  return (
    <Frame id={id} label={label} error={error} hint={hint} unlabelled={unlabelled} className={className}>
      <input id={id} {...input} {...described(id, error, hint)} />
    </Frame>
  )
}

export function SelectField({ label, error, hint, unlabelled, className, ...select }: Own & ComponentProps<'select'>) {
  const id = useId()
  return (
    <Frame id={id} label={label} error={error} hint={hint} unlabelled={unlabelled} className={className}>
      <select id={id} {...select} {...described(id, error, hint)} />
    </Frame>
  )
}

export function TextAreaField({
  label,
  error,
  hint,
  unlabelled,
  className,
  ...area
}: Own & ComponentProps<'textarea'>) {
  const id = useId()
  return (
    <Frame id={id} label={label} error={error} hint={hint} unlabelled={unlabelled} className={className}>
      <textarea id={id} rows={3} {...area} {...described(id, error, hint)} />
    </Frame>
  )
}

function described(id: string, error: string | undefined, hint: ReactNode) {
  const by = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ')
  return { 'aria-invalid': error ? true : undefined, 'aria-describedby': by || undefined }
}

type FrameProps = Own & { id: string; className: string | undefined; children: ReactNode }

function Frame({ id, label, error, hint, unlabelled, className, children }: FrameProps) {
  return (
    <div className={`field ${className ?? ''}`}>
      <label htmlFor={id} className={unlabelled ? 'unseen' : undefined}>
        {label}
      </label>
      {children}
      {hint && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
    </div>
  )
}

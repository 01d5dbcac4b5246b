import { useRef } from 'react'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { tell } from '../layout/announcer.tsx'
import { dateOf, momentOf } from '../layout/dates.ts'
import { EraseForm } from './erase-form.tsx'
import { ScheduledErasure } from './scheduled-erasure.tsx'

const EraseSectionRequest = graphql(`
  fragment EraseSectionRequest on PersonRequest {
    state
    endedAt
    held {
      type
      rowCount
      keepUntil
    }
    ...ScheduledErasureRequest
  }
`)

/** The erasure of the customer: what it does, the form, and how far the last one has come. */
export function EraseSection({ request }: { request: FragmentType<typeof EraseSectionRequest> | undefined }) {
  const last = readFragment(EraseSectionRequest, request)
  const isOpen = last?.state === 'SCHEDULED' || last?.state === 'RUNNING'
  const place = useRef<HTMLElement>(null)
  // A form that is gone leaves the focus to the part of the page that had it.
  const takeFocus = () => place.current?.focus()
  const done = (text: string) => {
    tell(text)
    takeFocus()
  }
  return (
    <section ref={place} tabIndex={-1} aria-labelledby="erase">
      <h2 id="erase">Erase my data</h2>
      <WhatHappens />
      {last?.state === 'SCHEDULED' && <ScheduledErasure request={last} onDone={done} />}
      {last?.state === 'RUNNING' && <p className="notice">We are erasing your data.</p>}
      {last?.state === 'DONE' && last.endedAt && (
        <div className="notice">
          <p>We erased your data on {momentOf(last.endedAt)}.</p>
          {last.held.map(({ type, rowCount, keepUntil }) => (
            <p key={type}>
              {rowCount} {type === 'Order' ? 'addresses of invoices' : `entries of ${type}`} are locked away
              {keepUntil && ` until ${dateOf(keepUntil)}`}.
            </p>
          ))}
        </div>
      )}
      {last?.state === 'CANCELLED' && last.endedAt && (
        <p className="muted">An erasure was taken back on {momentOf(last.endedAt)}. Nothing was erased.</p>
      )}
      {!isOpen && <EraseForm onDone={done} onBack={takeFocus} />}
    </section>
  )
}

/** The ten years are those of the duty `invoices` in the shop's map of personal data. */
function WhatHappens() {
  return (
    <dl className="facts">
      <dt>What is erased</dt>
      <dd>
        Your name, code, contact, e-mail, telephone and addresses, your consent to offers, what you wrote to us about
        orders, and your copies on this page. Your e-mail address is free again.
      </dd>
      <dt>What stays</dt>
      <dd>
        Your orders with products, amounts, dates and country, and when you agreed to offers: all without your name. The
        law asks us to keep invoices for 10 years from the order: their delivery address is locked away until then, and
        erased after that.
      </dd>
      <dt>When</dt>
      <dd>
        Not at once. This page then shows when it begins, and you can take it back until then. Afterwards nobody can
        bring your data back.
      </dd>
    </dl>
  )
}

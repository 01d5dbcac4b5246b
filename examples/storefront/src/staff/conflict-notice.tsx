import { useEffect, useRef } from 'react'
import type { ProductDraft } from './product-fields.tsx'

/** The fields people can compare as they are written. */
const compared = { name: 'Name', packaging: 'Packaging', amount: 'Price', reorderLevel: 'Buy more below' } as const

type Props = { mine: ProductDraft; theirs: ProductDraft; onTakeTheirs: () => void; onKeepMine: () => void }

/** Somebody has saved it meanwhile: shows what is there now, and leaves the choice. */
export function ConflictNotice({ mine, theirs, onTakeTheirs, onKeepMine }: Props) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current?.focus(), [])
  const changed = names().filter((name) => mine[name] !== theirs[name])
  return (
    <div ref={place} className="notice notice-bad conflict" role="alert" tabIndex={-1}>
      <div>
        <p>Somebody else has changed this product meanwhile. Nothing was saved.</p>
        <ul>
          {changed.map((name) => (
            <li key={name}>
              {compared[name]}: now “{theirs[name]}”, yours “{mine[name]}”
            </li>
          ))}
        </ul>
      </div>
      <div className="buttons">
        <button type="button" className="button" onClick={onTakeTheirs}>
          Take what is there
        </button>
        <button type="button" className="button" onClick={onKeepMine}>
          Keep mine, to save it again
        </button>
      </div>
    </div>
  )
}

function names(): (keyof typeof compared)[] {
  return ['name', 'packaging', 'amount', 'reorderLevel']
}

import { useEffect, useRef } from 'react'
import { differing, type ProductDraft } from './product-draft.ts'

const labels: Record<keyof ProductDraft, string> = {
  name: 'Name',
  packaging: 'Packaging',
  categoryId: 'Category',
  supplierId: 'Supplier',
  amount: 'Price',
  reorderLevel: 'Buy more below',
}

type Props = {
  mine: ProductDraft
  before: ProductDraft
  theirs: ProductDraft
  onTakeTheirs: () => void
  onKeepMine: () => void
}

/** Another person has saved a change meanwhile: shows what they changed, and offers the choice. */
export function ConflictNotice({ mine, before, theirs, onTakeTheirs, onKeepMine }: Props) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current?.focus(), [])
  const isMine = new Set(differing(mine, before))
  return (
    <div ref={place} className="notice notice-bad conflict" role="alert" tabIndex={-1}>
      <div>
        <p>Somebody else has changed this product meanwhile. Nothing of yours was saved.</p>
        <ul>
          {differing(before, theirs).map((name) => (
            <li key={name}>
              {labels[name]}
              {isId(name) ? ' was changed' : ` is now “${theirs[name]}”`}
              {isMine.has(name) && (isId(name) ? ', and you changed it too' : `, and yours “${mine[name]}”`)}.
            </li>
          ))}
        </ul>
      </div>
      <div className="buttons">
        <button type="button" className="button" onClick={onTakeTheirs}>
          Drop my changes
        </button>
        <button type="button" className="button" onClick={onKeepMine}>
          Keep my changes, to save them again
        </button>
      </div>
    </div>
  )
}

function isId(name: keyof ProductDraft): boolean {
  return name === 'categoryId' || name === 'supplierId'
}

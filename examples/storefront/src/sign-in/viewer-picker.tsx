import { FormAlert } from '../form/form-alert.tsx'
import type { DemoViewer } from './demo-viewers.ts'

type Props = { viewers: readonly DemoViewer[]; onPick: (token: string) => void; fault: string | undefined }

export function ViewerPicker({ viewers, onPick, fault }: Props) {
  return (
    <>
      <p>This server is for trying things out: be anybody you like.</p>
      <FormAlert messages={fault ? [fault] : []} />
      <ul className="viewers">
        {viewers.map(({ name, label, token }) => (
          <li key={name}>
            <button type="button" className="viewer" onClick={() => onPick(token)}>
              <strong>{name}</strong>
              <span className="muted">{label.replace(`${name}: `, '')}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

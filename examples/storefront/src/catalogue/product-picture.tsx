import './product-picture.css'

/** A drawing of the category instead of a photograph. Category names are data, so an unknown one gets a basket. */
const drawings: Record<string, string> = {
  Beverages:
    'M38 18h12v14l6 10v36a4 4 0 0 1-4 4H36a4 4 0 0 1-4-4V42l6-10zM32 52h24M68 50h18l-3 16a6 6 0 0 1-12 0zM77 72v10M70 82h14',
  Condiments: 'M40 24h40v10H40zM36 34h48l4 10v34a6 6 0 0 1-6 6H38a6 6 0 0 1-6-6V44zM32 52h56M32 70h56',
  Confections:
    'M34 54h52l-6 26a4 4 0 0 1-4 3H44a4 4 0 0 1-4-3zM34 54c-6-12 8-18 12-14 2-12 26-12 28 0 6-4 18 4 12 14M60 31v-8M50 60l4 20M70 60l-4 20',
  'Dairy Products':
    'M26 62 78 32a20 20 0 0 1 16 20v10zM26 62v20h68V62M46 74a5 5 0 1 1 0-.1M70 72a6 6 0 1 1 0-.1M74 50a4 4 0 1 1 0-.1',
  'Grains/Cereals':
    'M60 86V34M60 34c-6-6-6-10 0-16 6 6 6 10 0 16M60 50c-12 0-16-6-16-14 10 0 16 6 16 14M60 50c12 0 16-6 16-14-10 0-16 6-16 14M60 68c-12 0-16-6-16-14 10 0 16 6 16 14M60 68c12 0 16-6 16-14-10 0-16 6-16 14',
  'Meat/Poultry':
    'M46 66c-12-14 2-40 24-40s28 18 20 32c-8 14-24 16-34 16zM46 66l-14 12M36 68l-8 4a5 5 0 1 0 3 9 5 5 0 1 0 9 2l4-7M64 40a10 8 0 0 1 14 4',
  Produce:
    'M60 40c-8-8-28-4-28 16 0 18 14 30 22 30 3 0 4-2 6-2s3 2 6 2c8 0 22-12 22-30 0-20-20-24-28-16zM60 40c0-8 2-14 8-18M62 30c-2-8-10-12-18-10 2 8 10 12 18 10',
  Seafood:
    'M24 54c14-22 42-24 58-4l16-12c-4 10-4 22 0 32L82 58c-16 20-44 18-58-4zM40 50a3 3 0 1 1 0-.1M54 42c6 8 6 16 0 24',
}
const basket = 'M28 48h64l-8 34a4 4 0 0 1-4 3H40a4 4 0 0 1-4-3zM40 48l14-24M80 48 66 24M48 58l4 18M72 58l-4 18M60 58v18'

export function ProductPicture({ category, sku }: { category: string; sku: string }) {
  const place = Object.keys(drawings).indexOf(category)
  const tilt = numberOf(sku) % 3
  return (
    <div className={`picture picture-${place + 1}`} aria-hidden="true">
      <svg viewBox="0 0 120 108" focusable="false" aria-hidden="true">
        <circle className="picture-sun" cx={[38, 60, 82][tilt]} cy={[44, 60, 48][tilt]} r={[34, 42, 30][tilt]} />
        <path className="picture-lines" d={drawings[category] ?? basket} />
      </svg>
    </div>
  )
}

function numberOf(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7)
}

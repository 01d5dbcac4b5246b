// Parts of made-up people, companies and addresses. Only the towns exist.
import { type NonEmpty, type Random, words } from './random.ts'

const givenNames = words(
  'Anna|Bogdan|Chiara|Daniel|Élodie|Farid|Greta|Hiroshi|Inês|Jonas|Katarzyna|Lars|Maria|Nikolai|Oona|Pablo|Quinn|' +
    'Rosa|Søren|Tomás|Ulla|Viktor|Wanda|Xavier|Yuki|Zoë|Amara|Björn|Camille|Dmitri|Emma|Felix|Giulia|Henrik|Isabel',
)
const familyNames = words(
  "Almeida|Bauer|Carlsson|Dubois|Eriksen|Fischer|García|Hansen|Ito|Janssen|Kowalski|Lefèvre|Moreau|Nakamura|O'Brien|" +
    'Peeters|Quiroga|Rossi|Schmidt|Tanaka|Ueda|Virtanen|Weber|Ximénez|Young|Zimmermann|Andersson|Bianchi|Costa|Díaz|' +
    'Evans|Ferrari|Gruber|Horváth|Ivanov|Jensen|Keller|Lindqvist|Müller|Novák|Olsen|Pereira|Rousseau|Silva|Tremblay',
)
const trades = words(
  'Bakery|Builders|Catering|Ceramics|Design|Engineering|Foods|Hotels|Imports|Interiors|Joinery|Kitchens|Markets|' +
    'Outfitters|Pharmacy|Retail|Schools|Textiles|Workshops',
)
const companyForms = words('& Co.|& Daughters|& Sons|Group|Ltd.|Partners|Trading|United')
const jobTitles = words('Owner|Buyer|Office Manager|Purchasing Manager|Accountant|Operations Lead')
const streets = words(
  'Station Road|Mill Lane|Harbour Street|Market Square|Church Street|Garden Row|Bridge Street|Park Avenue|Linden Way',
)

const countries: NonEmpty<{
  code: string
  weight: number
  dial: string
  postalCode: string
  cities: NonEmpty<string>
}> = [
  { code: 'US', weight: 26, dial: '1', postalCode: '#####', cities: words('Austin|Boise|Columbus|Denver|Portland') },
  { code: 'DE', weight: 16, dial: '49', postalCode: '#####', cities: words('Berlin|Köln|Leipzig|Lübeck|München') },
  { code: 'GB', weight: 11, dial: '44', postalCode: '@@# #@@', cities: words('Bristol|Leeds|London|Glasgow') },
  { code: 'FR', weight: 9, dial: '33', postalCode: '#####', cities: words('Lille|Lyon|Nîmes|Paris|Rennes') },
  { code: 'NL', weight: 6, dial: '31', postalCode: '#### @@', cities: words('Amsterdam|Delft|Utrecht') },
  { code: 'ES', weight: 5, dial: '34', postalCode: '#####', cities: words('Bilbao|Málaga|Madrid|Sevilla') },
  { code: 'IT', weight: 5, dial: '39', postalCode: '#####', cities: words('Bologna|Milano|Roma|Torino') },
  { code: 'SE', weight: 4, dial: '46', postalCode: '### ##', cities: words('Göteborg|Malmö|Stockholm') },
  { code: 'CA', weight: 4, dial: '1', postalCode: '@#@ #@#', cities: words('Halifax|Montréal|Toronto') },
  { code: 'AT', weight: 3, dial: '43', postalCode: '####', cities: words('Graz|Linz|Wien') },
  { code: 'BE', weight: 3, dial: '32', postalCode: '####', cities: words('Antwerpen|Gent|Liège') },
  { code: 'CH', weight: 3, dial: '41', postalCode: '####', cities: words('Basel|Genève|Zürich') },
  { code: 'BR', weight: 2, dial: '55', postalCode: '#####-###', cities: words('Recife|São Paulo') },
  { code: 'JP', weight: 1, dial: '81', postalCode: '###-####', cities: words('Osaka|Tokyo') },
  { code: 'AU', weight: 1, dial: '61', postalCode: '####', cities: words('Melbourne|Perth') },
  { code: 'IE', weight: 1, dial: '353', postalCode: '@## @#@#', cities: words('Cork|Dublin') },
]

export interface Place {
  country: string
  city: string
  postalCode: string
  street: string
  phone: string
}

export function makePlace(random: Random): Place {
  const { code, dial, postalCode, cities } = random.weighted(countries)
  return {
    country: code,
    city: random.pick(cities),
    postalCode: random.pattern(postalCode),
    street: `${random.integer(1, 180)} ${random.pick(streets)}`,
    phone: random.pattern(`+${dial} 555 ######`),
  }
}

export function makePerson(random: Random): { given: string; family: string; name: string } {
  const given = random.pick(givenNames)
  const family = random.pick(familyNames)
  return { given, family, name: `${given} ${family}` }
}

export function makeCompanyName(random: Random): string {
  return `${random.pick(familyNames)} ${random.pick(trades)} ${random.pick(companyForms)}`
}

export function makeJobTitle(random: Random): string {
  return random.pick(jobTitles)
}

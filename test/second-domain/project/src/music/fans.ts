import { builder } from '../platform/graphql/builder.ts'
import { manyToMany } from '../platform/graphql/many-to-many.ts'
import { reads, writes } from './access.ts'

const artistToFans = manyToMany({
  name: 'ArtistToFans',
  above: 'Artist',
  relation: 'fans',
  join: 'Fan',
  far: 'customer',
  auth: reads,
  description: 'Who likes them.',
  edge: (t) => ({
    stars: t.exposeInt('stars', { description: 'How much.' }),
    note: t.exposeString('node', { nullable: true, auth: writes, description: 'What is noted of it.' }),
  }),
})

const customerToArtists = manyToMany({
  name: 'CustomerToArtists',
  above: 'Customer',
  relation: 'artists',
  join: 'Fan',
  far: 'artist',
  auth: reads,
  description: 'Whom they like.',
  edge: (t) => ({ stars: t.exposeInt('stars', { description: 'How much.' }) }),
})

const playlistToSongs = manyToMany({
  name: 'PlaylistToSongs',
  above: 'Playlist',
  relation: 'tracks',
  join: 'PlaylistTrack',
  far: 'track',
  auth: reads,
  description: 'Its songs.',
})

builder.prismaObjectField('Artist', 'fans', (t) => t.field(artistToFans))
builder.prismaObjectField('Customer', 'artists', (t) => t.field(customerToArtists))
builder.prismaObjectField('Playlist', 'songs', (t) => t.field(playlistToSongs))

import { builder } from '../platform/graphql/builder.ts'
import { listOf } from '../platform/graphql/connection.ts'
import { decodeId, encodeId, idOf } from '../platform/graphql/ids.ts'
import { declaredColumns } from '../platform/graphql/row-keys.ts'
import { reads } from './access.ts'

const id = 'The global id.'

builder.prismaObject('Genre', {
  description: 'A kind of music.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: id, select: { id: true }, resolve: idOf('Genre') }),
    name: t.exposeString('name', { nullable: true, description: 'Its name.' }),
  }),
})

builder.prismaObject('PlaylistTrack', {
  description: 'A track on a playlist.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: id,
      select: { playlistId: true, trackId: true },
      resolve: (key) => encodeId('PlaylistTrack', key),
    }),
    playlist: t.relation('playlist', { description: 'The playlist.' }),
    track: t.relation('track', { description: 'The track.' }),
  }),
})

const playlistTrackList = listOf({
  model: 'PlaylistTrack',
  sorts: { TRACK: { column: 'trackId', description: 'By track.' } },
  defaultSort: { field: 'TRACK', direction: 'ASC' },
})

builder.prismaObject('Playlist', {
  description: 'Tracks that are played together.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: id, select: { id: true }, resolve: idOf('Playlist') }),
    name: t.exposeString('name', { nullable: true, description: 'Its name.' }),
    tracks: t.field(playlistTrackList.related('Playlist', 'tracks', { description: 'Its tracks.' })),
  }),
})

builder.prismaObject('Play', {
  description: 'A track was played.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: id, select: { id: true }, resolve: idOf('Play') }),
    rating: t.exposeInt('rating', { nullable: true, description: 'How it was liked.' }),
    track: t.relation('track', { description: 'The track.' }),
  }),
})

export const playList = listOf({
  model: 'Play',
  sorts: {
    TRACK: { column: 'trackId', description: 'By track.' },
    RATING: { column: 'rating', nulls: 'last', description: 'By rating, those without one last.' },
    RATING_FIRST: { column: 'rating', nulls: 'first', description: 'By rating, those without one first.' },
  },
  defaultSort: { field: 'TRACK', direction: 'ASC' },
  aggregate: { rating: { column: 'rating', type: 'Int', isSummed: true, description: 'How they were liked.' } },
})

builder.prismaObject('Track', {
  description: 'A piece of music.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: id, select: { id: true }, resolve: idOf('Track') }),
    name: t.exposeString('name', { description: 'Its name.' }),
    unitPrice: t.field({
      type: 'Decimal',
      description: 'Its price.',
      select: { unitPrice: true },
      resolve: ({ unitPrice }) => unitPrice.toFixed(2),
    }),
    composer: t.exposeString('composer', { nullable: true, description: 'Who wrote it.' }),
    album: t.relation('album', { nullable: true, description: 'The album.' }),
    genre: t.relation('genre', { nullable: true, description: 'The genre.' }),
    plays: t.field(playList.related('Track', 'plays', { description: 'When it was played.' })),
  }),
})

const TrackFilter = builder.inputType('TrackFilter', {
  description: 'Which tracks.',
  fields: (t) => ({ albumId: t.id({ description: 'Those of this album.' }) }),
})

export const trackList = listOf({
  model: 'Track',
  sorts: {
    NAME: { column: 'name', description: 'By name.' },
    COMPOSER: { column: 'composer', nulls: 'last', description: 'By composer, those without one last.' },
  },
  defaultSort: { field: 'NAME', direction: 'ASC' },
  filter: {
    type: TrackFilter,
    description: 'Which tracks.',
    where: ({ albumId }) => (albumId == null ? [] : [{ albumId: decodeId('Album', albumId) }]),
  },
})

builder.prismaObject('Album', {
  description: 'Tracks that came out together.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: id, select: { id: true }, resolve: idOf('Album') }),
    title: t.exposeString('title', { description: 'Its title.' }),
    artist: t.relation('artist', { description: 'Who plays.' }),
    tracks: t.field(trackList.related('Album', 'tracks', { description: 'Its tracks.' })),
  }),
})

const albumList = listOf({
  model: 'Album',
  sorts: { TITLE: { column: 'title', description: 'By title.' } },
  defaultSort: { field: 'TITLE', direction: 'ASC' },
})

builder.prismaObject('Artist', {
  description: 'Who plays.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: id, select: { id: true }, resolve: idOf('Artist') }),
    name: t.exposeString('name', { nullable: true, description: 'Their name.' }),
    albums: t.field(albumList.related('Artist', 'albums', { description: 'Their albums.' })),
    concerts: t.relation('concerts', {
      listSize: 5,
      description: 'Their concerts.',
      query: { orderBy: { id: 'asc' } },
    }),
  }),
})

const playlistList = listOf({
  model: 'Playlist',
  sorts: { ID: { column: 'id', unique: true, description: 'As they were made.' } },
  defaultSort: { field: 'ID', direction: 'ASC' },
})

builder.queryFields((t) => ({
  playlists: t.field(playlistList.connection({ auth: reads, description: 'All playlists.' })),
  tracks: t.field(trackList.connection({ auth: reads, description: 'All tracks.' })),
  plays: t.field(playList.connection({ auth: reads, description: 'What was played.' })),
  playlistTrack: t.field(
    playlistTrackList.one({
      auth: reads,
      description: 'One track of a playlist.',
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      where: ({ id }) => ({ playlistId_trackId: decodeId('PlaylistTrack', id) }),
    }),
  ),
}))

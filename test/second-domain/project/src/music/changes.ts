import { defineBulkImport } from '../platform/bulk/bulk-import.ts'
import { defineBulkExports } from '../platform/bulk/define-bulk-exports.ts'
import { builder } from '../platform/graphql/builder.ts'
import { encodeId, parseId } from '../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../platform/mutations/idempotency-key-field.ts'
import { writes } from './access.ts'
import { labelUpdated, playRecorded, trackListed } from './events.ts'
import { mutation } from './mutation.ts'

const idempotencyKey = { description: idempotencyKeyField.required }

const PlayRecordInput = builder.inputType('PlayRecordInput', {
  description: 'A track was played.',
  fields: (t) => ({
    trackId: t.id({ required: true, description: 'The track.' }),
    rating: t.int({ description: 'How it was liked.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
})

const PlaylistTrackCreateInput = builder.inputType('PlaylistTrackCreateInput', {
  description: 'A track goes on a playlist.',
  fields: (t) => ({
    playlistId: t.id({ required: true, description: 'The playlist.' }),
    trackId: t.id({ required: true, description: 'The track.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
})

const LabelUpdateInput = builder.inputType('LabelUpdateInput', {
  description: 'Another name for a label.',
  fields: (t) => ({
    labelId: t.id({ required: true, description: 'The label.' }),
    name: t.string({ required: true, description: 'The name.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
})

builder.mutationFields((t) => ({
  playRecord: t.field(
    mutation({
      name: 'playRecord',
      description: 'Keeps that a track was played.',
      auth: writes,
      input: PlayRecordInput,
      idempotencyKey: 'optional',
      inBulk: true,
      changes: { play: 'Play' },
      run: async (input, { tx, emit, errors }) => {
        const trackId = parseId('Track', input.trackId)
        if (trackId === undefined) return errors.refuse('TRACK_UNKNOWN', ['trackId'])
        const data = { trackId, rating: input.rating ?? null, note: null }
        const { id } = await tx.play.create({ data, select: { id: true } })
        emit(playRecorded, { id, payload: { trackId: input.trackId } })
        return { play: id }
      },
    }),
  ),
  playlistTrackCreate: t.field(
    mutation({
      name: 'playlistTrackCreate',
      description: 'Puts a track on a playlist.',
      auth: writes,
      input: PlaylistTrackCreateInput,
      idempotencyKey: 'optional',
      inBulk: true,
      changes: { playlistTrack: 'PlaylistTrack' },
      run: async (input, { tx, emit, errors }) => {
        const playlistId = parseId('Playlist', input.playlistId)
        const trackId = parseId('Track', input.trackId)
        if (playlistId === undefined || trackId === undefined) return errors.refuse('TRACK_UNKNOWN', ['trackId'])
        const key = { playlistId, trackId }
        const known = await tx.playlistTrack.findUnique({ where: key, select: { trackId: true } })
        if (known) return errors.refuse('TRACK_LISTED', ['trackId'])
        await tx.playlistTrack.create({ data: key, select: { trackId: true } })
        emit(trackListed, { id: key, payload: { playlistId: encodeId('Playlist', playlistId) } })
        return { playlistTrack: key }
      },
    }),
  ),
  labelUpdate: t.field(
    mutation({
      name: 'labelUpdate',
      description: 'Gives a label another name.',
      auth: writes,
      input: LabelUpdateInput,
      idempotencyKey: 'optional',
      changes: { label: 'Label' },
      run: async (input, { tx, emit, errors }) => {
        const code = parseId('Label', input.labelId)
        if (code === undefined) return errors.refuse('LABEL_UNKNOWN', ['labelId'])
        const { name } = input
        if (name === '') return errors.refuseWith({ label: code }, 'CONFLICT', ['name'])
        await tx.label.update({ where: { code }, data: { name } })
        emit(labelUpdated, { id: code, payload: { name } })
        return { label: code }
      },
    }),
  ),
}))

defineBulkImport(writes)
defineBulkExports({ mutation, auth: writes })

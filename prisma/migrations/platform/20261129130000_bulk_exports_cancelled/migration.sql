-- AlterEnum
ALTER TYPE "platform"."pf_export_state_t" ADD VALUE 'CANCELLED';

-- CreateEnum
CREATE TYPE "platform"."pf_import_mode_t" AS ENUM ('SKIP', 'STOP', 'ROLLBACK');

-- CreateEnum
CREATE TYPE "platform"."pf_import_state_t" AS ENUM ('RUNNING', 'DONE', 'STOPPED', 'ROLLED_BACK');

-- CreateTable
CREATE TABLE "platform"."pf_import" (
    "uid" UUID NOT NULL,
    "prin_cd" TEXT NOT NULL,
    "idem_key" TEXT NOT NULL,
    "verb_nm" TEXT NOT NULL,
    "mode_cd" "platform"."pf_import_mode_t" NOT NULL,
    "dry_flg" BOOLEAN NOT NULL,
    "state_cd" "platform"."pf_import_state_t" NOT NULL DEFAULT 'RUNNING',
    "last_line" INTEGER NOT NULL DEFAULT 0,
    "done_cnt" INTEGER NOT NULL DEFAULT 0,
    "refused_cnt" INTEGER NOT NULL DEFAULT 0,
    "created_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_ts" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pf_import_pkey" PRIMARY KEY ("uid")
);

-- CreateTable
CREATE TABLE "platform"."pf_import_chunk" (
    "import_uid" UUID NOT NULL,
    "last_line" INTEGER NOT NULL,
    "lines_sha" BYTEA NOT NULL,
    "report_txt" TEXT NOT NULL,

    CONSTRAINT "pf_import_chunk_pkey" PRIMARY KEY ("import_uid","last_line")
);

-- CreateIndex
CREATE INDEX "pf_import_created_ix" ON "platform"."pf_import"("created_ts");

-- CreateIndex
CREATE UNIQUE INDEX "pf_import_key" ON "platform"."pf_import"("prin_cd", "idem_key");

-- AddForeignKey
ALTER TABLE "platform"."pf_import_chunk" ADD CONSTRAINT "pf_import_chunk_import_fk" FOREIGN KEY ("import_uid") REFERENCES "platform"."pf_import"("uid") ON DELETE CASCADE ON UPDATE CASCADE;

#!/usr/bin/env bash
# Makes the role of the server, which owns nothing: npm run migrate grants it its rights. The image of PostgreSQL runs this
# at its first start, as its owner role.
set -euo pipefail

psql -qv ON_ERROR_STOP=1 -v "password=$(cat "$SERVER_PASSWORD_FILE")" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
CREATE ROLE frontdoor_server LOGIN PASSWORD :'password';
SQL

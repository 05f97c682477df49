#!/bin/sh
# Writes one backup into FOLDER, then removes all but the newest KEEP: deploy/backup.sh FOLDER [KEEP]
# A backup that fails removes nothing. PYTHON names another Python than the one in .venv.
set -eu
folder=${1:?Say in which folder: deploy/backup.sh FOLDER [KEEP]}
keep=${2:-14}
case $keep in
  '' | 0 | *[!0-9]*) echo "KEEP is '$keep'; give a whole number from 1." >&2; exit 2 ;;
esac
folder=$(cd "$folder" && pwd)
cd "$(dirname "$0")/.."
umask 077
"${PYTHON:-.venv/bin/python}" manage.py backup "$folder/coproduce-$(date -u +%Y-%m-%dT%H%M%SZ).zip"
# The names hold the time, so their order is the order of time.
find "$folder" -maxdepth 1 -type f -name 'coproduce-*Z.zip' | sort -r | tail -n "+$((keep + 1))" |
  while IFS= read -r old; do rm -- "$old"; done

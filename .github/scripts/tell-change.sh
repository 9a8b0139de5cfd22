#!/bin/bash
# Open an issue with the news, or put the news into the one that is open: tell-change.sh NEWS.md
#
# Needs `gh` with the right to write issues (GH_TOKEN, GH_REPO).
set -euo pipefail

label=constraint-change
title="What a database does with a constraint has changed"
# An issue's text has room for 65536 characters.
longest=60000

news="$1"
body="$(mktemp)"
trap 'rm -f "$body"' EXIT
while IFS= read -r line; do
    if [ $(($(stat --format=%s "$body") + ${#line} * 4)) -gt "$longest" ]; then
        printf '\n(cut here: the rest is in the summary of the run)\n' >>"$body"
        break
    fi
    printf '%s\n' "$line" >>"$body"
done <"$news"
if [ -n "${RUN_URL:-}" ]; then
    printf '\nSeen by %s. To take the new results as the baseline: %s.\n' "$RUN_URL" "nox -s accept" >>"$body"
fi

open="$(gh issue list --label "$label" --state open --limit 1 --json number --jq '.[].number')"
if [ -n "$open" ]; then
    gh issue edit "$open" --body-file "$body"
else
    gh label create "$label" --force --color d93f0b \
        --description "An observed verdict is not the accepted one"
    gh issue create --title "$title" --label "$label" --body-file "$body"
fi

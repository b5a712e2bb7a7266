#!/usr/bin/env bash
# Grades the repository that it runs in. What the graded code prints is kept from being taken for commands of the workflow.
set -e -o pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
tar xf .github/classroom/grader.tar -C "$work"
if [ -n "$GRADER_SECRET" ]; then printf '%s' "$GRADER_SECRET" | base64 -d > "$work/assignment/secret"; fi
# A grader that failed still writes a report, which says so; the step fails after it.
env -u GRADER_SECRET -u GITHUB_ENV -u GITHUB_OUTPUT -u GITHUB_PATH -u GITHUB_STEP_SUMMARY DOTNET_NOLOGO=1 \
  dotnet exec "$work/grader/mytorch-grader.dll" grade "$work/assignment" . --format github --burn -o "$work/results.txt" | tee "$work/log.txt" || failed=$?
cat "$work/results.txt" >> "$GITHUB_OUTPUT"
# The page of the run shows the report as well, as plain text.
if [ -n "$GITHUB_STEP_SUMMARY" ]; then sed -e '1d;$d' -e 's/^/    /' "$work/log.txt" >> "$GITHUB_STEP_SUMMARY"; fi
exit "${failed:-0}"

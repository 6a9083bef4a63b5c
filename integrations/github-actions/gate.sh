#!/usr/bin/env bash
# Asks `answerable gate`, shows its answer in the log and in the job's summary, and ends as it ends.
set -uo pipefail

words=()
if [[ -n ${GATE_LEDGER:-} ]]; then words+=(--ledger "$GATE_LEDGER"); fi
if [[ -n ${GATE_POLICY:-} ]]; then words+=(--policy "$GATE_POLICY"); fi
# read splits at spaces and lines, and expands nothing.
codes=()
read -r -d '' -a codes <<<"${GATE_ALLOW:-}" || true
for code in ${codes[@]+"${codes[@]}"}; do words+=(--allow "$code"); done

answer=$(NO_COLOR=1 COLUMNS=120 answerable gate ${words[@]+"${words[@]}"} -- "${GATE_SUBJECT:-}" 2>&1)
status=$?

# Records quote people: what they wrote must not be taken for commands to the runner.
pause=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '::stop-commands::%s\n%s\n::%s::\n' "$pause" "$answer" "$pause"

case $status in
    0) title=open; printf 'open=true\n' >>"$GITHUB_OUTPUT" ;;
    1) title=closed; printf 'open=false\n' >>"$GITHUB_OUTPUT" ;;
    *) title='could not be asked'; printf 'open=\n' >>"$GITHUB_OUTPUT" ;;
esac
if [[ $status -ne 0 ]]; then printf '::error title=answerable gate::%s\n' "$title"; fi

# Indented, a block of code in Markdown that nothing inside can end.
{
    printf '### answerable gate: %s\n\n' "$title"
    printf '%s\n' "$answer" | sed 's/^/    /'
    printf '\n'
} >>"$GITHUB_STEP_SUMMARY"

exit "$status"

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every network of the zoo with synthetic weights, within 4 GiB of address space:
#   run_zoo.sh PROGRAM timing|data
# In data fidelity without the Llama class, whose weights alone are larger. Fails if a network does.
set -euo pipefail
program=$1
fidelity=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ulimit -v $((4 * 1024 * 1024))

failed=0
for network in $("$program" list --json | tr -d ' \n' | sed 's/.*"networks":\[\([^]]*\)\].*/\1/; s/[",]/ /g'); do
  if [[ $fidelity == data && $network == llama* ]]; then continue; fi
  cat > "$folder/$network.yaml" <<EXPERIMENT
systerm: 1
design: {base: tq_64x128, dram: {size: 16 GiB}}
workload: {network: $network}
precision: {default: {format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}
run: {fidelity: $fidelity}
EXPERIMENT
  if "$program" run "$folder/$network.yaml" --json > "$folder/result.json" 2> "$folder/error"; then
    cycles=$(sed -n '/"total": {/,$ s/.*"cycles": \([0-9]*\).*/\1/p' "$folder/result.json" | head -1)
    echo "$network $fidelity: $cycles cycles"
  else
    echo "$network $fidelity: failed: $(cat "$folder/error")"
    failed=1
  fi
done
exit $failed

// Package ledger keeps verdicts: a [Record] as JSON, and the numbers behind it as a CSV table, from
// which the verdict can be computed again without a run.
package ledger

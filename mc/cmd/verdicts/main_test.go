package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"projectpenalty/mc"
	"projectpenalty/mc/ledger"
)

// The ledger of the repository is what its numbers give.
func TestLedger(t *testing.T) {
	var out bytes.Buffer
	if err := again(&out, "../../../notebooks/LEDGER.json"); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
}

// A ledger without a verdict is none that agrees.
func TestEmptyLedger(t *testing.T) {
	name := filepath.Join(t.TempDir(), "LEDGER.json")
	for _, text := range []string{"[]", "null"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := again(&out, name); err == nil || !strings.Contains(err.Error(), "has no verdicts") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A verdict turns when the numbers of two methods are exchanged, and the program says so.
func TestExchangedNumbers(t *testing.T) {
	v := &mc.Verdict{Claim: "C7", Rule: mc.NoRivalAhead}
	ratio, depth := mc.PerSeed(1, 2, 1, 2, 1, 2), mc.PerSeed(10, 20, 10, 20, 10, 20)
	v.AtLeast("decades behind", 0, depth.Named("depth").Decades(ratio.Named("ratio")))
	record := ledger.Of(v, false)
	var table bytes.Buffer
	if err := ledger.WriteColumns(&table, []ledger.Record{record}); err != nil {
		t.Fatal(err)
	}
	record.Columns = nil
	folder := t.TempDir()
	rows, err := json.Marshal([]row{{record, "07_contest.ipynb", "quick"}})
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Join(folder, "ledger"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("LEDGER.json", string(rows))
	write("ledger/07_contest.csv", table.String())
	var out bytes.Buffer
	if err := again(&out, filepath.Join(folder, "LEDGER.json")); err != nil {
		t.Errorf("as kept: %v", err)
	}
	write("ledger/07_contest.csv",
		strings.NewReplacer(",depth,", ",ratio,", ",ratio,", ",depth,").Replace(table.String()))
	out.Reset()
	err = again(&out, filepath.Join(folder, "LEDGER.json"))
	if err == nil || !strings.Contains(err.Error(), "1 of 1 verdicts differ") ||
		!strings.Contains(out.String(), "claim C7: refuted") {
		t.Errorf("exchanged: %v\n%s", err, &out)
	}
	write("ledger/07_contest.csv", "claim,mode,column,seed,value\n")
	if err := again(&out, filepath.Join(folder, "LEDGER.json")); err == nil ||
		!strings.Contains(err.Error(), `"depth"`) {
		t.Errorf("a table without the columns: %v", err)
	}
}

// Command verdicts computes the verdicts of a ledger again, from the numbers that are kept beside
// it, without a run.
//
//	verdicts notebooks/LEDGER.json
//
// Each record of the file is computed from ledger/NOTEBOOK.csv in its folder. The program prints a
// line per claim, and fails if a verdict or a number of it differs from the file's, or if there is
// none.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"projectpenalty/mc/ledger"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: verdicts LEDGER.json")
		os.Exit(2)
	}
	if err := again(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "verdicts:", err)
		os.Exit(1)
	}
}

// row is a record with what the ledger adds.
type row struct {
	ledger.Record
	Notebook string `json:"notebook"`
	Mode     string `json:"mode"`
}

// again prints each verdict as computed again; it returns an error that says how many differ, or
// that there are none.
func again(w io.Writer, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var rows []row
	if err := json.Unmarshal(text, &rows); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 {
		return fmt.Errorf("%s has no verdicts", path)
	}
	different := 0
	for _, r := range rows {
		if r.Rule == "" {
			fmt.Fprintf(w, "%-8s %s: kept without its numbers (version %s)\n", r.Mode, r.Claim, r.Version)
			continue
		}
		r.Full = r.Mode == "full"
		name := strings.TrimSuffix(r.Notebook, ".ipynb") + ".csv"
		table, err := os.Open(filepath.Join(filepath.Dir(path), "ledger", name))
		if err != nil {
			return err
		}
		one := []ledger.Record{r.Record}
		err = ledger.ReadColumns(table, one)
		table.Close()
		if err != nil {
			return fmt.Errorf("ledger/%s: %w", name, err)
		}
		v, err := one[0].Verdict()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%-8s %s\n", r.Mode, v)
		now := ledger.Of(v, r.Full)
		if now.Headline != r.Headline || !equal(now.Checks, r.Checks) {
			different++
			fmt.Fprintf(w, "         the ledger has: %s\n", r.Headline)
		}
	}
	if different > 0 {
		return fmt.Errorf("%d of %d verdicts differ from %s", different, len(rows), path)
	}
	return nil
}

// equal says whether two lists of checks are the same in every number.
func equal(a, b []ledger.Check) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

package ledger

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// WriteColumns writes the columns of records as CSV: claim, mode (quick or full), column, seed
// (counted from 1) and value, one number per row. Two records of one claim and mode are an error,
// since their rows could not be told apart.
func WriteColumns(w io.Writer, records []Record) error {
	if err := distinct(records); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	rows := [][]string{{"claim", "mode", "column", "seed", "value"}}
	for _, r := range records {
		for _, c := range r.Columns {
			for i, x := range c.Values {
				value := strconv.FormatFloat(float64(x), 'g', -1, 64)
				rows = append(rows, []string{r.Claim, mode(r.Full), c.Name, strconv.Itoa(i + 1), value})
			}
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// ReadColumns sets the columns of records to those of a table that WriteColumns wrote. Two records
// of one claim and mode are an error.
func ReadColumns(r io.Reader, records []Record) error {
	if err := distinct(records); err != nil {
		return err
	}
	in := csv.NewReader(r)
	in.FieldsPerRecord = 5
	if _, err := in.Read(); err != nil {
		return fmt.Errorf("ledger: the header of the table: %w", err)
	}
	for i := range records {
		records[i].Columns = nil
	}
	for {
		row, err := in.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		line, _ := in.FieldPos(0)
		value, err := strconv.ParseFloat(row[4], 64)
		if err != nil {
			return fmt.Errorf("ledger: line %d: %q is not a number", line, row[4])
		}
		for i := range records {
			if records[i].Claim == row[0] && mode(records[i].Full) == row[1] {
				records[i].add(row[2], value)
			}
		}
	}
}

// distinct returns an error that names the claim of two records whose rows would be the same.
func distinct(records []Record) error {
	type rows struct {
		claim string
		full  bool
	}
	have := map[rows]bool{}
	for _, r := range records {
		if have[rows{r.Claim, r.Full}] {
			return fmt.Errorf("ledger: claim %s: two records in mode %s; there must be one", r.Claim, mode(r.Full))
		}
		have[rows{r.Claim, r.Full}] = true
	}
	return nil
}

func (r *Record) add(name string, value float64) {
	if n := len(r.Columns); n == 0 || r.Columns[n-1].Name != name {
		r.Columns = append(r.Columns, Column{Name: name})
	}
	c := &r.Columns[len(r.Columns)-1]
	c.Values = append(c.Values, Number(value))
}

func mode(full bool) string {
	if full {
		return "full"
	}
	return "quick"
}

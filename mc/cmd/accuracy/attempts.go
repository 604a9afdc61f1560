package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/cmd/internal/journal"
)

// An instance is a problem on which the certificates of Restarts are put to the test.
type instance struct {
	Number           uint64
	Rows, Cols, Rank int
	Observed         int
	// MinPerLine is as in mc.LowRank.
	MinPerLine int
	// Rest is σ_{Rank+1}/‖W*‖_F to first order; 0 if W* has the Rank exactly.
	Rest float64
}

// An outcome is what Restarts made of an instance.
type outcome struct {
	instance
	// Attempts up to the certified one, or all.
	Attempts int
	// Certified is the rank of an estimate whose certificate holds at least in part, 0 if there is
	// none. Holds says that it holds as a whole.
	Certified int
	Holds     bool
	// Error is the relative error of a certified estimate, ConfirmedError that of its entries that
	// are not doubtful, over ‖W*‖_F as well.
	Error, ConfirmedError float64
}

// oversampling is the number of observed entries over the degrees of freedom.
func (in instance) oversampling() float64 {
	return float64(in.Observed) / float64(in.Rank*(in.Rows+in.Cols-in.Rank))
}

// number returns instance k. One in four has a mask that is uniform, the others have, if there are
// enough entries, one more than the rank in each row and column. One in two has a W* that is only
// close to low rank.
func number(k uint64) instance {
	rng := rand.New(rand.NewPCG(k, 1<<32))
	in := instance{Number: k, Rows: 16 + rng.IntN(25), Cols: 16 + rng.IntN(25), Rank: 1 + rng.IntN(4)}
	over := 0.9 + 0.4*rng.Float64()
	in.Observed = int(math.Round(over * float64(in.Rank*(in.Rows+in.Cols-in.Rank))))
	if rng.IntN(4) > 0 {
		in.MinPerLine = min(in.Rank+1, in.Observed/max(in.Rows, in.Cols))
	}
	in.Rest = []float64{0, 0, 0, 1e-6, 1e-9, 1e-12}[rng.IntN(6)]
	return in
}

// problem draws W* and the mask.
func (in instance) problem() (mc.Problem, error) {
	truth, err := mc.LowRank{Rows: in.Rows, Cols: in.Cols, Rank: in.Rank, Observed: 1, Seed: in.Number}.Truth()
	if err != nil {
		return mc.Problem{}, err
	}
	if in.Rest > 0 {
		rng := rand.New(rand.NewPCG(in.Number, 1<<33))
		unit := func(n int) mat.Vector {
			x := make([]float64, n)
			for k := range x {
				x[k] = rng.NormFloat64()
			}
			floats.Scale(1/floats.Norm(x, 2), x)
			return mat.NewVecDense(n, x)
		}
		truth.RankOne(truth, in.Rest*mat.Norm(truth, 2), unit(in.Rows), unit(in.Cols))
	}
	mask, err := mc.SampleMask(in.Rows, in.Cols, in.Observed, in.MinPerLine, in.Number)
	if err != nil {
		return mc.Problem{}, err
	}
	entries := make([]mc.Entry, len(mask))
	for k, at := range mask {
		i, j := at/in.Cols, at%in.Cols
		entries[k] = mc.Entry{Row: i, Col: j, Value: truth.At(i, j)}
	}
	train, err := mc.NewObservations(in.Rows, in.Cols, entries)
	return mc.Problem{Train: train, Truth: truth}, err
}

// attempt runs Restarts on the instance.
func (in instance) attempt(ctx context.Context) (outcome, error) {
	p, err := in.problem()
	if err != nil {
		return outcome{}, err
	}
	r, err := mc.Restarts{Most: 4}.Solve(ctx, p)
	if err != nil {
		return outcome{}, err
	}
	o, c := outcome{instance: in, Attempts: r.Steps + 1}, mc.Detail[*mc.RankCertificate](r)
	if !c.InPart() {
		return o, nil
	}
	o.Certified, o.Holds = c.Rank, c.Holds()
	truth := p.Truth
	var off mat.Dense
	off.Sub(r.W, truth)
	o.Error = mat.Norm(&off, 2) / mat.Norm(truth, 2)
	off.Apply(func(i, j int, x float64) float64 {
		if c.Entries.At(i, j) == 0 {
			return 0
		}
		return x
	}, &off)
	o.ConfirmedError = mat.Norm(&off, 2) / mat.Norm(truth, 2)
	return o, nil
}

// attempts runs instances until there have been at least count attempts, adds each outcome to the
// log as a line of JSON, and prints the table. It goes on where the log ends, and refuses a log to
// which another process adds.
func attempts(ctx context.Context, out io.Writer, log string, count int) error {
	f, err := journal.Open(log)
	if err != nil {
		return fmt.Errorf("accuracy: %w", err)
	}
	defer f.Close()
	outcomes, end, err := readOutcomes(f)
	if err != nil {
		return fmt.Errorf("accuracy: %s: %w", log, err)
	}
	if err := os.Truncate(log, end); err != nil {
		return fmt.Errorf("accuracy: %w", err)
	}
	done := 0
	for _, o := range outcomes {
		done += o.Attempts
	}
	for done < count {
		o, err := number(uint64(len(outcomes) + 1)).attempt(ctx)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(f).Encode(o); err != nil {
			return err
		}
		outcomes, done = append(outcomes, o), done+o.Attempts
	}
	attemptsTable(out, outcomes)
	return f.Close()
}

// readOutcomes returns the outcomes of whole lines, and where these end.
func readOutcomes(f io.Reader) (all []outcome, end int64, err error) {
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return all, end, nil // what follows the last line was cut short
		}
		var o outcome
		if err == nil {
			err = json.Unmarshal(line, &o)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", len(all)+1, err)
		}
		if o.Number != uint64(len(all)+1) {
			return nil, 0, fmt.Errorf("line %d has instance %d; instances must follow each other from 1 on",
				len(all)+1, o.Number)
		}
		all, end = append(all, o), end+int64(len(line))
	}
}

// wrong is the relative error from which on a certified estimate counts as wrong.
const wrong = 1e-6

// attemptsTable prints the numbers of certificates, and of those that are wrong.
func attemptsTable(out io.Writer, outcomes []outcome) {
	fmt.Fprintf(out, "### Certificates of low rank\n\n")
	fmt.Fprintf(out, "`Restarts{Most: 4}` on matrices of 16 to 40 rows and columns and rank 1 to 4, plus δ‖W*‖_F "+
		"times a random matrix of rank 1 and norm 1. ρ is the number of observed entries over the degrees of "+
		"freedom of the rank. A certified estimate is wrong if its relative error is above %.0e; of one that "+
		"is certified in part, only the entries count that are not doubtful. ", wrong)
	fmt.Fprintf(out, "The last column is the largest relative error of an estimate whose certificate holds.\n\n")
	fmt.Fprintln(out, "| δ | ρ | instances | attempts | certified | wrong | in part | wrong | error |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|")
	row := func(rest, over string, in func(instance) bool) {
		var count, tries, holds, false1, part, false2 int
		largest := 0.0
		for _, o := range outcomes {
			if !in(o.instance) {
				continue
			}
			count, tries = count+1, tries+o.Attempts
			switch {
			case o.Holds:
				holds, largest = holds+1, max(largest, o.Error)
				if o.Error > wrong {
					false1++
				}
			case o.Certified > 0:
				part++
				if o.ConfirmedError > wrong {
					false2++
				}
			}
		}
		fmt.Fprintf(out, "| %s | %s | %d | %d | %d | %d | %d | %d | %.0e |\n", rest, over, count, tries, holds, false1,
			part, false2, largest)
	}
	for _, rest := range []float64{0, 1e-6, 1e-9, 1e-12} {
		for _, b := range []struct {
			name   string
			lo, hi float64
		}{{"below 1", 0, 1}, {"1 to 1.1", 1, 1.1}, {"from 1.1", 1.1, math.Inf(1)}} {
			row(fmt.Sprint(rest), b.name, func(in instance) bool {
				return in.Rest == rest && in.oversampling() >= b.lo && in.oversampling() < b.hi
			})
		}
	}
	row("all", "all", func(instance) bool { return true })
	fmt.Fprintln(out)
}

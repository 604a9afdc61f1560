// Command ratings compares methods on the five divisions u1 to u5 of MovieLens-100K,
//
//	go run ./mc/cmd/ratings -data ml-100k.zip
//
// and prints a table. Parameters are chosen on a tenth of each training part, never on a test.
// Every run is stored as a line of JSON as soon as it is done; what is stored is not run again. Two
// processes need two files, by -runs. With -stored nothing is run at all, and the table is of what
// there is: while another process runs, or after one that was interrupted, perhaps fewer divisions.
// With -o a file gets the table only if it is of all methods and divisions.
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"

	"projectpenalty/mc/cmd/internal/markdown"
	"projectpenalty/mc/data"
)

func main() {
	var o options
	flag.StringVar(&o.at, "data", "", "the folder or the zip of MovieLens-100K; empty: the copy that MC_DATA "+
		"points to or that was downloaded")
	flag.StringVar(&o.store, "runs", "ratings.jsonl", "where runs are stored")
	flag.StringVar(&o.methods, "methods", "", "a regular expression for the names of the methods to run; empty: all")
	flag.StringVar(&o.folds, "folds", strings.Join(allFolds, ","), "the divisions to run, separated by commas")
	flag.BoolVar(&o.stored, "stored", false, "run nothing, print what is stored")
	flag.StringVar(&o.into, "o", "", "Markdown file in which to put the tables between its marks, besides the "+
		"standard output")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := compare(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// command writes the tables into a Markdown file.
const command = "make ratings"

type options struct {
	at, store, methods, folds, into string
	stored                          bool
}

func compare(ctx context.Context, o options, out, progress io.Writer) error {
	wanted, err := regexp.Compile(o.methods)
	if err != nil {
		return fmt.Errorf("ratings: -methods: %w", err)
	}
	folds := strings.Split(o.folds, ",")
	for _, f := range folds {
		if !slices.Contains(allFolds, f) {
			return fmt.Errorf("ratings: -folds: %q; it must be some of %s", f, strings.Join(allFolds, ","))
		}
	}
	if o.into != "" && (o.methods != "" || o.folds != strings.Join(allFolds, ",")) {
		return errors.New("ratings: -o writes the tables of all methods and divisions; leave out -methods and -folds")
	}
	open := data.FindMovieLens100K
	if o.at != "" {
		open = func() (*data.MovieLens, error) { return data.OpenMovieLens(o.at) }
	}
	set, err := open()
	if err != nil {
		return err
	}
	read := openRuns
	if o.stored {
		read = storedRuns
	}
	runs, err := read(o.store)
	if err != nil {
		return err
	}
	if runs.file != nil {
		defer runs.file.Close()
	}
	var chosen []method
	for _, m := range methods() {
		if wanted.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	results, err := judgeAll(ctx, set, chosen, folds, o.stored, runs, progress)
	var table bytes.Buffer
	printTable(&table, chosen, results)
	if _, failed := out.Write(table.Bytes()); failed != nil || err != nil || o.into == "" {
		return cmp.Or(err, failed)
	}
	if lacking := missing(chosen, results); len(lacking) > 0 {
		return fmt.Errorf("ratings: %s stays as it is: %s lacks %s; without -stored they are run", o.into, o.store,
			strings.Join(lacking, "; "))
	}
	return markdown.Insert(o.into, command, table.String())
}

// missing names the methods that lack divisions, with these.
func missing(methods []method, results map[string][]run) (lacking []string) {
	for _, m := range methods {
		var folds []string
		for _, f := range allFolds {
			if !slices.ContainsFunc(results[m.name], func(r run) bool { return r.Fold == f }) {
				folds = append(folds, f)
			}
		}
		if len(folds) > 0 {
			lacking = append(lacking, m.name+" on "+strings.Join(folds, ", "))
		}
	}
	return lacking
}

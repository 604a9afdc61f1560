// Command ratings compares methods on the five divisions u1 to u5 of MovieLens-100K,
//
//	go run ./mc/data/ratings -data ml-100k.zip
//
// and prints a table. Parameters are chosen on a tenth of each training part, never on a test. Every run is stored as a line
// of JSON as soon as it is done; what is stored is not run again.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"

	"projectpenalty/mc/data"
)

func main() {
	at := flag.String("data", "", "the folder or the zip of MovieLens-100K; empty: the copy that MC_DATA points to or that was downloaded")
	store := flag.String("runs", "ratings.jsonl", "where runs are stored")
	only := flag.String("methods", "", "a regular expression for the names of the methods to run; empty: all")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := compare(ctx, *at, *store, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, at, store, only string) error {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("ratings: -methods: %w", err)
	}
	open := data.FindMovieLens100K
	if at != "" {
		open = func() (*data.MovieLens, error) { return data.OpenMovieLens(at) }
	}
	set, err := open()
	if err != nil {
		return err
	}
	runs, err := openRuns(store)
	if err != nil {
		return err
	}
	defer runs.file.Close()
	var chosen []method
	for _, m := range methods() {
		if wanted.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	results, err := judgeAll(ctx, set, chosen, runs, os.Stderr)
	printTable(os.Stdout, chosen, results)
	return err
}

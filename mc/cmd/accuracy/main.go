// Command accuracy measures how exact package mc is,
//
//	go run ./mc/cmd/accuracy [-o mc/README.md]
//
// and prints tables in Markdown: the recovery of the standard problem by each solver, certificates
// of optimality, the agreement of optimisers with PyTorch, the polar factor by Fast, and the
// derivatives of penalties. All is computed from seeds, and there is no time in it: the same binary
// prints the same tables.
//
//	go run ./mc/cmd/accuracy -attempts 10000 -log certificates.jsonl
//
// looks for a wrong certificate among that many attempts of mc.Restarts instead, and goes on where
// the log ends.
package main

import (
	"context"
	"flag"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"

	"projectpenalty/mc/cmd/internal/markdown"
)

func main() {
	log.SetFlags(0)
	into := flag.String("o", "", "Markdown file in which to put the tables between its marks, besides the "+
		"standard output")
	count := flag.Int("attempts", 0, "instead, look for a wrong certificate in so many attempts of Restarts")
	record := flag.String("log", "certificates.jsonl", "file of the outcomes of these attempts, where they go on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *count > 0 {
		if err := attempts(ctx, os.Stdout, *record, *count); err != nil {
			log.Fatal(err)
		}
		return
	}
	var text strings.Builder
	if err := report(ctx, io.MultiWriter(os.Stdout, &text)); err != nil {
		log.Fatal(err)
	}
	if *into != "" {
		if err := markdown.Insert(*into, "make accuracy", text.String()); err != nil {
			log.Fatal(err)
		}
	}
}

// report prints all tables.
func report(ctx context.Context, out io.Writer) error {
	for _, table := range []func(context.Context, io.Writer) error{gradients, polar, precision, tenSteps,
		certificates, recovery} {
		if err := table(ctx, out); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"projectpenalty/mc/internal/torch"
)

// tenSteps prints how far each optimiser is from PyTorch's own after ten steps.
func tenSteps(_ context.Context, out io.Writer) error {
	record, err := torch.Recorded()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "### Ten steps of optimisers")
	fmt.Fprintln(out)
	fmt.Fprintf(out, "The largest difference from the parameters of PyTorch %s in ten steps of two matrices, "+
		"relative to the largest of these. Every optimiser, also those that PyTorch has not, is\n", record.Version)
	fmt.Fprintln(out, "compared with the formulas of its paper by a test.")
	fmt.Fprintln(out)
	fmt.Fprintln(out, "| optimiser | off by |")
	fmt.Fprintln(out, "|---|---|")
	for _, name := range slices.Sorted(maps.Keys(torch.Optimizers)) {
		off, err := record.Deviation(name, torch.Optimizers[name])
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "| `%s` | %.0e |\n", name, off)
	}
	fmt.Fprintln(out)
	return nil
}

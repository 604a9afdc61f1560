package main

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// published figures for MovieLens-100K, obtained by others.
var published = []struct {
	method, division, source string
	rmse, mae                float64 // mae 0: not given
}{
	{"Surprise Baseline", "5 random folds", "Hug, Surprise, README, table of benchmarks (2024)", .944, .748},
	{"Surprise k-NN Baseline", "5 random folds", "the same", .931, .733},
	{"Surprise NMF", "5 random folds", "the same", .963, .758},
	{"Surprise SVD (biased factorisation)", "5 random folds", "the same", .934, .737},
	{"Surprise SVD++", "5 random folds", "the same", .919, .721},
	{"GC-MC (graph autoencoder)", "u1", "van den Berg, Kipf, Welling (2017)", .910, 0},
	{"GC-MC with features of users and items", "u1", "the same", .905, 0},
}

// printTable writes the results as tables in Markdown: means over folds, then every fold.
func printTable(w io.Writer, methods []method, results map[string][]run) {
	fmt.Fprintln(w, "| method | on | RMSE | MAE | NDCG@10 | seconds | chosen on the validation parts |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
	for _, m := range methods {
		all := results[m.name]
		if len(all) == 0 {
			continue
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s |\n", m.name, where(all),
			interval(all, func(r run) float64 { return r.RMSE }), interval(all, func(r run) float64 { return r.MAE }),
			interval(all, func(r run) float64 { return r.NDCG10 }),
			fmt.Sprintf("%.1f", mean(all, func(r run) float64 { return r.Seconds })), chosen(all))
	}
	fmt.Fprintf(w, "\nRMSE of each division:\n\n| method | %s |\n|---%s|\n", strings.Join(allFolds, " | "),
		strings.Repeat("|---", len(allFolds)))
	for _, m := range methods {
		if len(results[m.name]) == 0 {
			continue
		}
		fmt.Fprintf(w, "| %s |", m.name)
		for _, fold := range allFolds {
			cell := "not run"
			for _, r := range results[m.name] {
				if r.Fold == fold {
					cell = fmt.Sprintf("%.4f", r.RMSE)
				}
			}
			fmt.Fprintf(w, " %s |", cell)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "\nPublished elsewhere:\n\n| method | RMSE | MAE | tested on | source |\n|---|---|---|---|---|\n")
	for _, p := range published {
		mae := "not given"
		if p.mae > 0 {
			mae = fmt.Sprintf("%.3f", p.mae)
		}
		fmt.Fprintf(w, "| %s | %.3f | %s | %s | %s |\n", p.method, p.rmse, mae, p.division, p.source)
	}
}

// where names the folds of the runs.
func where(all []run) string {
	if len(all) == len(allFolds) {
		return allFolds[0] + "–" + allFolds[len(allFolds)-1]
	}
	var names []string
	for _, r := range all {
		names = append(names, r.Fold)
	}
	return strings.Join(names, ", ")
}

func mean(all []run, of func(run) float64) float64 {
	sum := 0.0
	for _, r := range all {
		sum += of(r)
	}
	return sum / float64(len(all))
}

// studentT holds the 97.5 % quantiles of Student's distribution with 1 to 4 degrees of freedom.
var studentT = []float64{12.706, 4.303, 3.182, 2.776}

// interval prints the mean over folds and half the width of Student's 95 % interval for it.
func interval(all []run, of func(run) float64) string {
	m := mean(all, of)
	if len(all) < 2 || len(all) > len(studentT)+1 {
		return fmt.Sprintf("%.4f", m)
	}
	square := mean(all, func(r run) float64 { return (of(r) - m) * (of(r) - m) })
	n := float64(len(all))
	return fmt.Sprintf("%.4f ± %.4f", m, studentT[len(all)-2]*math.Sqrt(square/(n-1)))
}

// chosen lists the parameters of the folds, each once.
func chosen(all []run) string {
	var parts []string
	count := map[string]int{}
	for _, r := range all {
		if r.Chosen == "" {
			continue
		}
		if count[r.Chosen]++; count[r.Chosen] == 1 {
			parts = append(parts, r.Chosen)
		}
	}
	for k, p := range parts {
		if count[p] > 1 {
			parts[k] = fmt.Sprintf("%s (%d×)", p, count[p])
		}
	}
	return strings.Join(parts, "; ")
}

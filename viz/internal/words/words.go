// Package words names settings and measures as a reader of a paper would, not as Go fields.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// known are the names that do not follow from their letters.
var known = map[string]string{
	"Test":           "test error",
	"Train":          "training error",
	"RMSE":           "RMSE",
	"Observed":       "observed entries",
	"Lambda":         "λ",
	"Init.Scale":     "scale of the initialisation",
	"SNR":            "SNR",
	"Seed":           "seed",
	"Seeds":          "seed",
	"Cols":           "columns",
	"P":              "p",
	"Q":              "q",
	"NumericalRank":  "numerical rank",
	"Steps":          "steps",
	"Schedule":       "schedule",
	"Every":          "steps per record",
	"Rank":           "rank",
	"Solver":         "solver",
	"Optimizer":      "optimiser",
	"Init":           "initialisation",
	"Problem":        "problem",
	"HoldOut":        "held-out fraction",
	"FrobeniusNorm":  "Frobenius norm",
	"SingularValues": "singular values",
}

// Of returns the words for the name of an axis or a measure of a sweep, or for a field:
// "Solver.Init.Scale" is the scale of the initialisation, "RelativeError" the relative error. A
// name that is in words already stays as it is.
func Of(name string) string {
	if first, _ := utf8.DecodeRuneInString(name); !unicode.IsUpper(first) || strings.ContainsRune(name, ' ') {
		return name
	}
	for rest := name; ; {
		if w, ok := known[rest]; ok {
			return w
		}
		_, after, more := strings.Cut(rest, ".")
		if !more {
			return Split(rest)
		}
		rest = after
	}
}

// All returns the words for several names side by side. Two that would have the same get what they
// are of: "Problem.Rank" and "Solver.Rank" are the rank of the problem and the rank of the solver.
func All(names ...string) []string {
	list, uses := make([]string, len(names)), map[string]int{}
	for i, name := range names {
		list[i] = Of(name)
		uses[list[i]]++
	}
	for i, name := range names {
		if first, _, ok := strings.Cut(name, "."); ok && uses[list[i]] > 1 {
			list[i] += " of the " + Of(first)
		}
	}
	return list
}

// Split writes LearningRate as learning rate; abbreviations such as RMSE stay.
func Split(name string) string {
	runes := []rune(name)
	upper := func(k int) bool { return k >= 0 && k < len(runes) && unicode.IsUpper(runes[k]) }
	var b strings.Builder
	for k, r := range runes {
		if !upper(k) {
			b.WriteRune(r)
			continue
		}
		last := k == len(runes)-1
		abbreviation := upper(k+1) || last && upper(k-1)
		if k > 0 && (!upper(k-1) || !abbreviation) {
			b.WriteByte(' ')
		}
		if !abbreviation {
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Title begins a text with a capital letter, unless it begins with a symbol such as λ.
func Title(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if first > unicode.MaxASCII {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

package data

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Numbers that programs write for unknown. Those of the first kind stand for little else; those of
// the second are asked about only where they are there twice, beside three other numbers.
type sentinelKind int

const (
	notSentinel sentinelKind = iota
	plainSentinel
	likelySentinel
)

func sentinelOf(v float64) sentinelKind {
	if v > -1 && v < 88 {
		return notSentinel
	}
	switch v {
	case -999, -9999, -99999, -999999, -32768, -2147483648, 1e20, -1e20, 1e30, -1e30, 1e36, -1e36,
		9.969209968386869e36, 9.96920996838687e36, 9.96921e36, // of NetCDF
		-3.4028234663852886e38, -3.40282347e38, -3.4028235e38, -3.402823e38, // of GIS
		math.MaxFloat64, -math.MaxFloat64:
		return plainSentinel
	case -1, -8, -9, -88, -99, -100, -200, -500, -888, -1000, -8888, 88, 99, 888, 999, 8888, 9999, 99999, 999999,
		32767, 65535, 2147483647:
		return likelySentinel
	}
	return notSentinel
}

// A spread is the range of numbers that are no sentinels, and how many there are, up to three.
type spread struct {
	least, most float64
	distinct    int
}

func newSpread() spread { return spread{least: math.Inf(1), most: math.Inf(-1)} }

func (s *spread) add(v float64) {
	switch {
	case v == s.least || v == s.most:
		return
	case v > s.least && v < s.most:
		if s.distinct < 3 {
			s.distinct = 3 // it and both ends
		}
		return
	}
	s.distinct = min(s.distinct+1, 3)
	s.least, s.most = min(s.least, v), max(s.most, v)
}

// apart reports whether v lies outside of the range by more than its width.
func (s *spread) apart(v float64) bool {
	gap := max(s.least-v, v-s.most)
	return s.distinct > 0 && gap > s.most-s.least && (s.distinct > 1 || gap > math.Abs(s.most))
}

// inside reports whether v is an ordinary number.
func (s *spread) inside(v float64) bool { return v >= s.least && v <= s.most }

// maxColumns bounds the tables whose columns are looked at one by one.
const maxColumns = 1 << 14

// sentinels returns the numbers such as −9999 that stand apart from all others of what was
// collected or, of cols columns, from all of their column, and how often each is there.
func (c *collector) sentinels(cols int) (found []float64, counts []int) {
	if cols > maxColumns {
		cols = 0
	}
	type place struct {
		v   float64
		col int32
	}
	times := map[place]int{}
	all, column := newSpread(), make([]spread, cols)
	for j := range column {
		column[j] = newSpread()
	}
	for _, part := range c.chunks {
		for k, v := range part.value {
			if sentinelOf(v) != notSentinel {
				times[place{v, -1}]++
				if cols > 0 {
					times[place{v, part.col[k]}]++
				}
				continue
			}
			all.add(v)
			if cols > 0 {
				column[part.col[k]].add(v)
			}
		}
	}
	is, ordinary := map[float64]bool{}, map[float64]bool{}
	for at := range times {
		if at.col < 0 {
			ordinary[at.v] = slices.ContainsFunc(column, func(s spread) bool { return s.inside(at.v) })
		}
	}
	some := false
	for at, n := range times {
		likely := sentinelOf(at.v) == likelySentinel
		if at.col < 0 {
			often := n >= 2 && all.distinct >= 3
			// the only negative number, where 0 is none, or is not next to it
			alone := at.v < 0 && (all.least >= 0 && at.v < -1 || all.least >= 0.5)
			is[at.v] = is[at.v] || all.apart(at.v) && (!likely || often && at.v != -1) || alone && often
			some = some || is[at.v]
			continue
		}
		s := column[at.col]
		if math.Abs(at.v) >= 88 && s.apart(at.v) && (!likely || n >= 2 && s.distinct >= 3) && !ordinary[at.v] {
			is[at.v], some = true, true
		}
	}
	for at := range times { // where there is one, another is no accident
		is[at.v] = is[at.v] || some && math.Abs(at.v) >= 88 && all.apart(at.v)
	}
	for v, yes := range is {
		if yes {
			found = append(found, v)
		}
	}
	slices.Sort(found)
	for _, v := range found {
		counts = append(counts, times[place{v, -1}])
	}
	return found, counts
}

// askSentinel asks whether a number such as −9999 means unknown; cols is the width of a dense
// table, else 0.
func askSentinel(name string, t Table, entries *collector, cols int) error {
	if t.Unknown != nil {
		return nil
	}
	found, counts := entries.sentinels(cols)
	if len(found) == 0 {
		return nil
	}
	number, unknown := t, t
	number.Unknown, unknown.Unknown = []string{}, nil
	var said []string
	for k, v := range found {
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			text = strconv.FormatFloat(v, 'f', 0, 64)
		}
		if t.Decimal == ',' {
			text = strings.Replace(text, ".", ",", 1)
		}
		unknown.Unknown = append(unknown.Unknown, text)
		said = append(said, fmt.Sprintf("%s (%d times)", text, counts[k]))
	}
	mean, value := "means", "it is a value"
	if len(found) > 1 {
		mean, value = "mean", "they are values"
	}
	return ask(name, fmt.Sprintf("one in which %s %s unknown", strings.Join(said, " and "), mean), unknown,
		"one in which "+value, number)
}

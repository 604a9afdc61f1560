package data

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"

	"projectpenalty/mc"
	"projectpenalty/mc/data/internal/disk"
)

// MovieLens is a set of ratings as GroupLens publishes them (Harper and Konstan 2015), of any
// generation: 100K, 1M, 10M, 20M, 25M, 32M, latest and latest-small.
type MovieLens struct {
	// Ratings (items × users). Of 100K and 1M, item and user number k of the files, which count
	// from 1, are row and column k−1, and items that nobody rated are rows without entries; of the
	// others, those that have ratings are rows and columns in the order of their numbers. The index
	// of the rows has titles, that of the columns the numbers of the users. A title that several
	// items have is followed by # and the number of the item.
	Ratings *mc.Observations
	// Times are when the ratings were given, in seconds since 1970, in the order of
	// Ratings.Values().
	Times []float64
	// Lowest and Highest bound the ratings: 1 and 5, or 0.5 and 5 where there are half stars.
	Lowest, Highest float64
	// Licence is the file README of the set, which says how it may be used. It may not be passed
	// on.
	Licence string

	name  string
	files fs.FS
	form  ratingForm
}

// ratingForm is how a file of ratings looks, and that of titles.
type ratingForm struct{ file, separator, titles, titleSeparator string }

var (
	form100K = ratingForm{"u.data", "\t", "u.item", "|"}
	form1M   = ratingForm{"ratings.dat", "::", "movies.dat", "::"}
	formCSV  = ratingForm{"ratings.csv", ",", "movies.csv", ","}

	ratingForms = []ratingForm{form100K, form1M, formCSV}
)

// MinRating and MaxRating bound the ratings of MovieLens-100K and -1M.
const (
	MinRating = 1
	MaxRating = 5
)

// OpenMovieLens reads a set from a folder or a zip: u.data of MovieLens-100K, ratings.dat of 1M and
// 10M, or ratings.csv of the later ones, there or one folder below. A zip is read as it is; nothing
// is unpacked.
func OpenMovieLens(name string) (*MovieLens, error) { return openMovieLens(name, ratingForms) }

func openMovieLens(name string, forms []ratingForm) (*MovieLens, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if info.IsDir() {
		return readMovieLens(name, os.DirFS(name), forms)
	}
	var archive *zip.Reader
	if info.Size() <= maxArchive { // Split reads in it later
		packed, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("data: %w", err)
		}
		if archive, err = zip.NewReader(bytes.NewReader(packed), int64(len(packed))); err != nil {
			return nil, fmt.Errorf("data: %s: %w", name, err)
		}
	} else {
		open, err := zip.OpenReader(name)
		if err != nil {
			return nil, fmt.Errorf("data: %s: %w", name, err)
		}
		defer open.Close()
		archive = &open.Reader
	}
	for _, f := range archive.File {
		if !filepath.IsLocal(f.Name) {
			return nil, fmt.Errorf("data: %s: the archive holds %q, a name that leads out of it", name, f.Name)
		}
	}
	return readMovieLens(name, archive, forms)
}

// maxArchive bounds an archive that is kept in memory.
const maxArchive = 32 << 20

func readMovieLens(name string, files fs.FS, forms []ratingForm) (*MovieLens, error) {
	for _, form := range forms {
		found, err := fs.Glob(files, form.file)
		if err == nil && len(found) == 0 {
			found, err = fs.Glob(files, path.Join("*", form.file))
		}
		if err != nil {
			return nil, fmt.Errorf("data: %s: %w", name, err)
		}
		if len(found) > 1 {
			return nil, fmt.Errorf("data: %s: there are %s and %s; name the folder of one", name, found[0], found[1])
		}
		if len(found) == 0 {
			continue
		}
		folder, err := fs.Sub(files, path.Dir(found[0]))
		if err != nil {
			return nil, fmt.Errorf("data: %s: %w", name, err)
		}
		m := &MovieLens{name: path.Join(filepath.ToSlash(name), path.Dir(found[0])), files: folder, form: form,
			Highest: MaxRating}
		titles, err := m.titles()
		if err != nil {
			return nil, err
		}
		var index [2]*mc.Index
		if m.Ratings, m.Times, index, err = m.read(form.file, 0, 0, titles); err != nil {
			return nil, err
		}
		if m.Ratings, err = m.Ratings.WithIndex(index[0], index[1]); err != nil {
			return nil, fmt.Errorf("data: %s: %w", m.name, err)
		}
		m.Lowest = MinRating
		for _, x := range m.Ratings.Values() {
			m.Lowest = min(m.Lowest, x)
		}
		for _, file := range []string{"README", "README.txt", "README.html"} {
			licence, err := fs.ReadFile(folder, file)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("data: %s: %w", m.name, err)
			}
			if m.Licence == "" {
				m.Licence = string(licence)
			}
		}
		return m, nil
	}
	if len(forms) == 1 {
		return nil, fmt.Errorf("data: %s is not MovieLens-100K: there is no %s: %w", name, forms[0].file,
			fs.ErrNotExist)
	}
	return nil, fmt.Errorf("data: %s: there is no u.data (MovieLens-100K), no ratings.dat (1M, 10M) and no "+
		"ratings.csv (20M, 25M, 32M, latest): %w", name, fs.ErrNotExist)
}

// titles reads the titles by the numbers of the items; a set may have none.
func (m *MovieLens) titles() (map[uint64]string, error) {
	f, err := m.files.Open(m.form.titles)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("data: %s: %w", m.name, err)
	}
	defer f.Close()
	l := newLines(path.Join(m.name, m.form.titles), f)
	titles := map[uint64]string{}
	var cells [][]byte
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return titles, nil
		} else if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			continue
		}
		if m.form == formCSV {
			cells, err = l.cells(cells, line, m.form.titleSeparator)
			if err != nil {
				return nil, err
			}
		} else { // quotation marks stand for themselves
			cells = append(cells[:0], bytes.SplitN(line, []byte(m.form.titleSeparator), 3)...)
		}
		if len(cells) < 2 {
			return nil, l.errorf(0, "the line has %d cells; it must have the number of an item and its title",
				len(cells))
		}
		id, ok := whole(cells[0])
		if !ok {
			if l.line == 1 && m.form == formCSV {
				continue
			}
			return nil, l.errorf(1, "%s is not the number of an item", quote(cells[0]))
		}
		titles[id] = label(trimBlanks(cells[1]))
	}
}

// read reads a file of ratings of so many items and users, or as many as it names.
func (m *MovieLens) read(file string, items, users int, titles map[uint64]string) (*mc.Observations, []float64,
	[2]*mc.Index, error) {
	f, err := m.files.Open(file)
	if err != nil {
		return nil, nil, [2]*mc.Index{}, fmt.Errorf("data: %s: %w", m.name, err)
	}
	defer f.Close()
	return readRatings(path.Join(m.name, file), f, m.form, items, users, titles)
}

// isHeader reports whether the cells are the header of a file of ratings.
func isHeader(cells [][]byte) bool {
	texts := make([]string, len(cells))
	for k, cell := range cells {
		texts[k] = string(cell)
	}
	roles, _ := rolesOf(texts, nil)
	return roles == [4]int{0, 1, 2, 3}
}

// begins reports whether a file of a zip begins as ratings of the form do.
func (f ratingForm) begins(file *zip.File) bool {
	in, err := file.Open()
	if err != nil {
		return false
	}
	defer in.Close()
	l := newLines(file.Name, in)
	line, err := l.next()
	if err != nil {
		return false
	}
	cells, err := l.cells(nil, line, f.separator)
	return err == nil && len(cells) == 4 && (f != formCSV || isHeader(cells))
}

func readRatings(name string, r io.Reader, form ratingForm, items, users int,
	titles map[uint64]string) (*mc.Observations, []float64, [2]*mc.Index, error) {
	fail := func(err error) (*mc.Observations, []float64, [2]*mc.Index, error) {
		return nil, nil, [2]*mc.Index{}, err
	}
	l := newLines(name, r)
	entries := collector{timed: true}
	var item, user names
	what := [4]string{"user", "item", "rating", "time"}
	lowest := 0.5
	if form == form100K {
		lowest = MinRating
	}
	id := func(column int, cell []byte, most int) error {
		x, err := l.index(column+1, what[column], cell, 0, math.MaxInt32)
		if err == nil && (x > most || x < 1 && form != formCSV) {
			err = l.errorf(column+1, "%s %d is out of range; it must be from 1 to %d", what[column], x, most)
		} else if _, ok := whole(cell); err == nil && !ok {
			err = l.errorf(column+1, "%s %s is written in another way than numbers are, as in %d", what[column],
				quote(cell), x)
		}
		return err
	}
	most := func(n int) int {
		if form == form100K {
			return cmp.Or(n, maxDim)
		}
		return math.MaxInt32
	}
	var cells [][]byte
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return fail(err)
		}
		if len(line) == 0 {
			continue
		}
		if cells, err = l.cells(cells, line, form.separator); err != nil {
			return fail(err)
		}
		if len(cells) > 4 {
			return fail(l.errorf(0, "the line has more than four cells: user, item, rating, time"))
		} else if len(cells) < 4 {
			return fail(l.errorf(0, "the line has %d cells; it must have four: user, item, rating, time", len(cells)))
		}
		if l.line == 1 && form == formCSV {
			if !isHeader(cells) {
				return fail(l.errorf(0, "the header must be userId,movieId,rating,timestamp"))
			}
			continue
		}
		if err := id(0, cells[0], most(users)); err != nil {
			return fail(err)
		}
		if err := id(1, cells[1], most(items)); err != nil {
			return fail(err)
		}
		rating, err := l.number(3, cells[2])
		if err != nil {
			return fail(err)
		}
		if rating < lowest || rating > MaxRating {
			return fail(l.errorf(3, "the rating %v is out of range; it must be from %v to %d", rating, lowest,
				MaxRating))
		}
		at, err := l.number(4, cells[3])
		if err != nil {
			return fail(err)
		}
		entries.put(l.line, item.place(cells[1]), user.place(cells[0]), rating, at)
	}
	if entries.n == 0 {
		return fail(fmt.Errorf("data: %s: the file has no entries", name))
	}
	_, lastItem, _ := item.bounds()
	_, lastUser, _ := user.bounds()
	counted := form == form100K || form == form1M && lastItem <= 3952 && lastUser <= 6040 // as README of 1M has it
	rows, rowAt, rowIDs := item.ofMovieLens(counted, items)
	cols, colAt, colIDs := user.ofMovieLens(counted, users)
	o, times, err := entries.observations(rows, cols, rowAt, colAt, 0, 0, Refuse)
	var twice *twiceError
	if errors.As(err, &twice) {
		return fail(fmt.Errorf("data: %s:%d: the rating of item %d by user %d was given in line %d already", name,
			twice.second, rowIDs(twice.row), colIDs(twice.col), twice.first))
	} else if err != nil {
		return fail(fmt.Errorf("data: %s: %w", name, err))
	}
	byTitle, err := indexOf("item", rows, rowIDs, titles)
	if err != nil {
		return fail(fmt.Errorf("data: %s: %w", name, err))
	}
	byNumber, err := indexOf("user", cols, colIDs, nil)
	if err != nil {
		return fail(fmt.Errorf("data: %s: %w", name, err))
	}
	return o, times, [2]*mc.Index{byTitle, byNumber}, nil
}

// ofMovieLens returns how many rows or columns the numbers make, where those of the file belong,
// and the number of each: as they count from 1, or those that there are in ascending order.
func (n *names) ofMovieLens(counted bool, size int) (int, []int32, func(int) uint64) {
	if counted {
		_, most, _ := n.bounds()
		at := make([]int32, len(n.numbers))
		for k, x := range n.numbers {
			at[k] = int32(x - 1)
		}
		return cmp.Or(size, int(most)), at, func(k int) uint64 { return uint64(k + 1) }
	}
	sorted := slices.Sorted(slices.Values(n.numbers))
	at := make([]int32, len(n.numbers))
	for k, x := range n.numbers {
		place, _ := slices.BinarySearch(sorted, x)
		at[k] = int32(place)
	}
	return len(sorted), at, func(k int) uint64 { return sorted[k] }
}

// indexOf names n rows or columns by the titles of their numbers, or by the numbers.
func indexOf(what string, n int, id func(int) uint64, titles map[uint64]string) (*mc.Index, error) {
	if titles == nil && n > 0 && id(0) <= 1 && id(n-1) == id(0)+uint64(n-1) {
		return mc.CountingIndex(what, int(id(0)), n), nil
	}
	times := map[string]int{}
	for k := range n {
		times[titles[id(k)]]++
	}
	labels := make([]string, n)
	for k := range labels {
		title, ok := titles[id(k)]
		switch {
		case !ok || title == "":
			labels[k] = fmt.Sprint(id(k))
		case times[title] > 1:
			labels[k] = fmt.Sprintf("%s #%d", title, id(k))
		default:
			labels[k] = title
		}
	}
	return mc.NewIndex(what, labels)
}

// SplitByTime trains on the earlier ratings and tests on the latest; see [SplitByTime].
func (m *MovieLens) SplitByTime(fraction float64) (mc.Problem, error) {
	return SplitByTime(m.Ratings, m.Times, fraction)
}

// LeaveLastOut tests on the last rating of each user; see [LeaveLastOut].
func (m *MovieLens) LeaveLastOut() (mc.Problem, error) {
	return LeaveLastOut(m.Ratings, m.Times, PerColumn)
}

// Split returns one of the divisions that come with MovieLens-100K: u1 to u5, five disjoint tests
// of a fifth each, or ua or ub, disjoint tests of ten ratings of each user.
func (m *MovieLens) Split(name string) (mc.Problem, error) {
	switch name {
	case "u1", "u2", "u3", "u4", "u5", "ua", "ub":
	default:
		return mc.Problem{}, fmt.Errorf("data: MovieLens.Split: %q; it must be one of u1 to u5, ua and ub", name)
	}
	if m.form != form100K {
		return mc.Problem{}, fmt.Errorf("data: MovieLens.Split: %q comes with MovieLens-100K only; KFold "+
			"divides any ratings", name)
	}
	items, users := m.Ratings.Dims()
	read := func(file string) (*mc.Observations, error) {
		o, _, _, err := m.read(file, items, users, nil)
		if err != nil {
			return nil, err
		}
		return o.WithIndex(m.Ratings.RowIndex(), m.Ratings.ColIndex())
	}
	train, err := read(name + ".base")
	if err != nil {
		return mc.Problem{}, err
	}
	test, err := read(name + ".test")
	if err != nil {
		return mc.Problem{}, err
	}
	if e, both := common(train, test); both {
		return mc.Problem{}, fmt.Errorf("data: %s: the rating of item %d by user %d is in %s.base and in %s.test",
			m.name, e.Row+1, e.Col+1, name, name)
	}
	return mc.Problem{Train: train, Test: test}, nil
}

// common returns an entry that both have, if there is one.
func common(a, b *mc.Observations) (mc.Entry, bool) {
	_, cols := a.Dims()
	in := make(map[int]bool, b.Len())
	for _, e := range b.All() {
		in[e.Row*cols+e.Col] = true
	}
	for _, e := range a.All() {
		if in[e.Row*cols+e.Col] {
			return e, true
		}
	}
	return mc.Entry{}, false
}

const howToGet = "download.MovieLens100K(ctx) downloads it, or set MC_DATA to a copy: the folder ml-100k or " +
	"ml-100k.zip, or the folder that has either"

// FindMovieLens100K reads the copy of MovieLens-100K that this machine has, and never asks the
// network: the one that the environment variable MC_DATA points to (the folder ml-100k,
// ml-100k.zip, or the folder that has either), else what download.MovieLens100K downloaded. Where
// there is none, or another MovieLens, the error says how to get it or what it lacks, and
// errors.Is(err, [fs.ErrNotExist]) holds.
func FindMovieLens100K() (*MovieLens, error) {
	only := []ratingForm{form100K}
	if at, set := os.LookupEnv("MC_DATA"); set && at != "" {
		for _, name := range []string{filepath.Join(at, "ml-100k"), filepath.Join(at, "ml-100k.zip"), at} {
			if _, err := os.Stat(name); err == nil {
				return openMovieLens(name, only)
			}
		}
		return nil, fmt.Errorf("data: MC_DATA is %q, where there is no MovieLens-100K: %w", at, fs.ErrNotExist)
	}
	cached, err := disk.Cache("ml-100k.zip")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(cached); err != nil {
		return nil, fmt.Errorf("data: MovieLens-100K is not on this machine (%w); %s", err, howToGet)
	}
	return openMovieLens(cached, only)
}

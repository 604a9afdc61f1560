package data

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"projectpenalty/mc"
	"projectpenalty/mc/data/internal/disk"
)

// MovieLens is a set of ratings as GroupLens publishes them (Harper and Konstan 2015): MovieLens-100K or MovieLens-1M.
type MovieLens struct {
	// Ratings (items × users), from 1 to 5. Item and user number k of the files, which count from 1, are row and column k−1;
	// items that nobody rated are rows without entries.
	Ratings *mc.Observations
	// Licence is the file README of the set, which says how it may be used. It may not be passed on.
	Licence string

	name  string
	files fs.FS
	form  ratingForm
}

// ratingForm is how a line of a file of ratings looks: user, item, rating, time.
type ratingForm struct{ file, separator string }

var (
	form100K = ratingForm{"u.data", "\t"}
	form1M   = ratingForm{"ratings.dat", "::"}
)

// MinRating and MaxRating bound the ratings of MovieLens.
const (
	MinRating = 1
	MaxRating = 5
)

// OpenMovieLens reads a set from a folder or a zip: u.data of MovieLens-100K (tab-separated) or ratings.dat of MovieLens-1M
// (separated by ::), there or one folder below. A zip is read as it is; nothing is unpacked.
func OpenMovieLens(name string) (*MovieLens, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if info.IsDir() {
		return readMovieLens(name, os.DirFS(name))
	}
	if info.Size() > maxArchive {
		return nil, fmt.Errorf("data: %s: the archive is of %d bytes; MovieLens-1M is of 6 million", name, info.Size())
	}
	packed, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	for _, f := range archive.File {
		if !filepath.IsLocal(f.Name) {
			return nil, fmt.Errorf("data: %s: the archive holds %q, a name that leads out of it", name, f.Name)
		}
		if f.UncompressedSize64 > maxArchive {
			return nil, fmt.Errorf("data: %s: %s would be of %d bytes; a file of MovieLens-1M is of 25 million", name, f.Name, f.UncompressedSize64)
		}
	}
	return readMovieLens(name, archive)
}

// maxArchive bounds an archive, which is kept in memory as it is, and each of its files.
const maxArchive = 100 << 20

func readMovieLens(name string, files fs.FS) (*MovieLens, error) {
	for _, form := range []ratingForm{form100K, form1M} {
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
		m := &MovieLens{name: path.Join(filepath.ToSlash(name), path.Dir(found[0])), files: folder, form: form}
		if m.Ratings, err = m.read(form.file, 0, 0); err != nil {
			return nil, err
		}
		licence, err := fs.ReadFile(folder, "README")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("data: %s: %w", m.name, err)
		}
		m.Licence = string(licence)
		return m, nil
	}
	return nil, fmt.Errorf("data: %s: there is no u.data (MovieLens-100K) and no ratings.dat (MovieLens-1M): %w", name, fs.ErrNotExist)
}

// read reads a file of ratings of so many items and users, or as many as it names.
func (m *MovieLens) read(file string, items, users int) (*mc.Observations, error) {
	f, err := m.files.Open(file)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", m.name, err)
	}
	defer f.Close()
	return readRatings(path.Join(m.name, file), f, m.form.separator, items, users)
}

func readRatings(name string, r io.Reader, separator string, items, users int) (*mc.Observations, error) {
	l := newLines(name, r)
	s := newTriples(l, items, users)
	most := func(n int) int {
		if n == 0 {
			return maxDim
		}
		return n
	}
	sep := []byte(separator)
	var cells [4][]byte
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return s.observations()
		} else if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			continue
		}
		rest, more := line, true
		for k := range cells {
			if !more {
				return nil, l.errorf(0, "the line has %d cells; it must have four: user, item, rating, time", k)
			}
			cells[k], rest, more = bytes.Cut(rest, sep)
		}
		if more {
			return nil, l.errorf(0, "the line has more than four cells: user, item, rating, time")
		}
		user, err := l.index(1, "user", cells[0], 1, most(users))
		if err != nil {
			return nil, err
		}
		item, err := l.index(2, "item", cells[1], 1, most(items))
		if err != nil {
			return nil, err
		}
		rating, err := l.number(3, cells[2])
		if err != nil {
			return nil, err
		}
		if rating < MinRating || rating > MaxRating {
			return nil, l.errorf(3, "the rating %v is out of range; it must be from %d to %d", rating, MinRating, MaxRating)
		}
		s.put(item-1, user-1, rating)
	}
}

// Split returns one of the divisions that come with MovieLens-100K: u1 to u5, five disjoint tests of a fifth each, or ua or ub,
// disjoint tests of ten ratings of each user.
func (m *MovieLens) Split(name string) (mc.Problem, error) {
	switch name {
	case "u1", "u2", "u3", "u4", "u5", "ua", "ub":
	default:
		return mc.Problem{}, fmt.Errorf("data: MovieLens.Split: %q; it must be one of u1 to u5, ua and ub", name)
	}
	if m.form != form100K {
		return mc.Problem{}, fmt.Errorf("data: MovieLens.Split: %q comes with MovieLens-100K only; KFold divides any ratings", name)
	}
	items, users := m.Ratings.Dims()
	train, err := m.read(name+".base", items, users)
	if err != nil {
		return mc.Problem{}, err
	}
	test, err := m.read(name+".test", items, users)
	if err != nil {
		return mc.Problem{}, err
	}
	if e, both := common(train, test); both {
		return mc.Problem{}, fmt.Errorf("data: %s: the rating of item %d by user %d is in %s.base and in %s.test", m.name, e.Row+1, e.Col+1, name, name)
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

const howToGet = "download.MovieLens100K(ctx) downloads it, or set MC_DATA to a copy: the folder ml-100k or ml-100k.zip, or the folder that has either"

// FindMovieLens100K reads the copy of MovieLens-100K that this machine has, and never asks the network: the one that the
// environment variable MC_DATA points to (the folder ml-100k, ml-100k.zip, or the folder that has either), else what
// download.MovieLens100K downloaded. Where there is none, the error says how to get it and errors.Is(err, [fs.ErrNotExist]) holds.
func FindMovieLens100K() (*MovieLens, error) {
	if at, set := os.LookupEnv("MC_DATA"); set && at != "" {
		for _, name := range []string{filepath.Join(at, "ml-100k"), filepath.Join(at, "ml-100k.zip"), at} {
			if _, err := os.Stat(name); err == nil {
				return OpenMovieLens(name)
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
	return OpenMovieLens(cached)
}

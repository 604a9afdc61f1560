package data

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"projectpenalty/mc"
)

const (
	madeUpItems, madeUpUsers, madeUpRatings = 40, 25, 400
	madeUpLicence                           = "SUMMARY & USAGE LICENSE\nmade up for a test\n"
)

// madeUp returns the files of a set in the format of MovieLens-100K or 1M, ratings drawn by the
// seed, by name.
func madeUp(form ratingForm, seed uint64) map[string]string {
	rng := rand.New(rand.NewPCG(seed, 0))
	lines := make([]string, madeUpRatings)
	for k, at := range rng.Perm(madeUpItems * madeUpUsers)[:madeUpRatings] {
		if k == 0 {
			at = madeUpItems*madeUpUsers - 1 // the last item and the last user have a rating
		}
		cells := []string{fmt.Sprint(at/madeUpItems + 1), fmt.Sprint(at%madeUpItems + 1),
			fmt.Sprint(1 + rng.IntN(5)), fmt.Sprint(880000000 + k)}
		lines[k] = strings.Join(cells, form.separator) + "\n"
	}
	seen := map[string]bool{} // the place that was moved may have been drawn as well
	kept := lines[:0]
	for _, l := range lines {
		cells := strings.Split(l, form.separator)
		if key := cells[0] + " " + cells[1]; !seen[key] {
			seen[key] = true
			kept = append(kept, l)
		}
	}
	lines = kept
	folder := map[ratingForm]string{form100K: "ml-100k/", form1M: "ml-1m/"}[form]
	files := map[string]string{folder + form.file: strings.Join(lines, ""), folder + "README": madeUpLicence}
	if form == form100K {
		for k := range 5 {
			var base, test string
			for n, l := range lines {
				if n%5 == k {
					test += l
				} else {
					base += l
				}
			}
			files[fmt.Sprintf("%su%d.base", folder, k+1)], files[fmt.Sprintf("%su%d.test", folder, k+1)] = base, test
		}
	}
	return files
}

func writeFolder(t testing.TB, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		at := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for name, text := range files {
		w, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeZip(t testing.TB, content []byte) string {
	t.Helper()
	at := filepath.Join(t.TempDir(), "set.zip")
	if err := os.WriteFile(at, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return at
}

// A folder, the folder above it and a zip hold the same set.
func TestOpenMovieLens(t *testing.T) {
	for _, form := range []ratingForm{form100K, form1M} {
		files := madeUp(form, 1)
		folder := writeFolder(t, files)
		inner, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		var first *MovieLens
		for _, name := range []string{folder, inner[0], writeZip(t, zipped(t, files))} {
			m, err := OpenMovieLens(name)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = m
			}
			if diff := sameObservations(first.Ratings, m.Ratings); diff != "" {
				t.Errorf("%s differs from the folder:\n%s", name, diff)
			}
			if m.Licence != madeUpLicence {
				t.Errorf("licence %q, want %q", m.Licence, madeUpLicence)
			}
		}
		if rows, cols := first.Ratings.Dims(); rows != madeUpItems || cols != madeUpUsers {
			t.Errorf("%s: %d×%d, want %d items × %d users", form.file, rows, cols, madeUpItems, madeUpUsers)
		}
		for name, text := range files {
			if filepath.Base(name) == form.file && strings.Count(text, "\n") != first.Ratings.Len() {
				t.Errorf("%d ratings of %d lines", first.Ratings.Len(), strings.Count(text, "\n"))
			}
		}
	}
}

// Another MovieLens in the place of MovieLens-100K is not taken for it.
func TestFindMovieLens100K(t *testing.T) {
	for _, at := range []string{writeFolder(t, madeUp(form100K, 1)), writeZip(t, zipped(t, madeUp(form100K, 1)))} {
		t.Setenv("MC_DATA", at)
		if m, err := FindMovieLens100K(); err != nil || m.Ratings.Len() == 0 {
			t.Errorf("%s: %v", at, err)
		}
	}
	for _, at := range []string{writeFolder(t, madeUp(form1M, 1)), writeZip(t, zipped(t, madeUp(form1M, 1)))} {
		t.Setenv("MC_DATA", at)
		_, err := FindMovieLens100K()
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), at+" is not MovieLens-100K") {
			t.Errorf("%s: error %v", at, err)
		}
	}
}

func TestReadRatings(t *testing.T) {
	o, times, _, err := readRatings("u.data", strings.NewReader("2\t3\t5\t880000000\r\n1\t1\t1\t880000001\n"),
		form100K, 0, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 2, Col: 1, Value: 5}}, o.Entries()); diff != "" {
		t.Errorf("items are rows, users columns (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{880000001, 880000000}, times); diff != "" {
		t.Errorf("times are not in the order of the values (-want +got):\n%s", diff)
	}
}

// The five tests of u1 to u5 are the whole, and none trains on what it tests.
func TestMovieLensSplit(t *testing.T) {
	m, err := OpenMovieLens(writeFolder(t, madeUp(form100K, 2)))
	if err != nil {
		t.Fatal(err)
	}
	rows, cols := m.Ratings.Dims()
	var all []mc.Entry
	for k := range 5 {
		p, err := m.Split(fmt.Sprintf("u%d", k+1))
		if err != nil {
			t.Fatal(err)
		}
		test := p.Test.(*mc.Observations)
		all = append(all, test.Entries()...)
		both, err := mc.NewObservations(rows, cols, append(p.Train.(*mc.Observations).Entries(), test.Entries()...))
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameObservations(m.Ratings, both); diff != "" {
			t.Error(diff)
		}
	}
	tests, err := mc.NewObservations(rows, cols, all)
	if err != nil {
		t.Fatal(err)
	}
	if diff := sameObservations(m.Ratings, tests); diff != "" {
		t.Error(diff)
	}
}

func TestBadMovieLens(t *testing.T) {
	with := func(name, text string) error {
		files := madeUp(form100K, 3)
		files["ml-100k/"+name] = text
		m, err := OpenMovieLens(writeFolder(t, files))
		if err == nil {
			_, err = m.Split("u1")
		}
		return err
	}
	open := func(content []byte) error { _, err := OpenMovieLens(writeZip(t, content)); return err }
	whole := zipped(t, madeUp(form100K, 3))
	millions := func() error {
		m, err := OpenMovieLens(writeFolder(t, madeUp(form1M, 3)))
		if err == nil {
			_, err = m.Split("u1")
		}
		return err
	}
	two := madeUp(form100K, 3)
	two["copy/u.data"] = two["ml-100k/u.data"]
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"user 0", with("u.data", "1\t1\t1\t1\n0\t1\t3\t1\n"),
			`u.data:2:1: user 0 is out of range; it must be from 1 to 4194304`},
		{"item beyond", with("u.data", "1\t99999999\t3\t1\n"), `u.data:1:2: item 99999999 is out of range`},
		{"item of another set", with("u1.base", "1\t41\t3\t1\n"),
			`u1.base:1:2: item 41 is out of range; it must be from 1 to 40`},
		{"rating 6", with("u.data", "1\t1\t6\t1\n"),
			`u.data:1:3: the rating 6 is out of range; it must be from 1 to 5`},
		{"rating NaN", with("u.data", "1\t1\tNaN\t1\n"), `u.data:1:3: "NaN" is not a finite number`},
		{"no time", with("u.data", "1\t1\t5\n"),
			`u.data:1: the line has 3 cells; it must have four: user, item, rating, time`},
		{"five cells", with("u.data", "1\t1\t5\t1\t1\n"), `u.data:1: the line has more than four cells`},
		{"spaces", with("u.data", "1 1 5 1\n"), `u.data:1: the line has 1 cells`},
		{"rated twice", with("u.data", "2\t1\t5\t1\n1\t1\t5\t1\n2\t1\t4\t2\n"),
			`u.data:3: the rating of item 1 by user 2 was given in line 1 already`},
		{"no ratings", with("u.data", "\n"), `u.data: the file has no entries`},
		{"test in training", with("u1.test", madeUp(form100K, 3)["ml-100k/u1.base"]), `is in u1.base and in u1.test`},
		{"truncated zip", open(whole[:len(whole)/2]), "set.zip: zip: not a valid zip file"},
		{"no zip", open([]byte("<html>")), "set.zip: zip: not a valid zip file"},
		{"path traversal", open(zipped(t,
			map[string]string{"ml-100k/u.data": "1\t1\t1\t1\n", "../../.bashrc": "x"})),
			`"../../.bashrc", a name that leads out of it`},
		{"absolute path", open(zipped(t, map[string]string{"/etc/u.data": "1\t1\t1\t1\n"})),
			`"/etc/u.data", a name that leads out of it`},
		{"other archive", open(zipped(t, map[string]string{"hello.txt": "hello"})),
			"there is no u.data (MovieLens-100K), no ratings.dat (1M, 10M) and no ratings.csv (20M, 25M, 32M, latest)"},
		{"two sets", open(zipped(t, two)), "there are copy/u.data and ml-100k/u.data; name the folder of one"},
		{"nothing that unpacks to much",
			open(zipped(t, map[string]string{"ml-100k/u.data": strings.Repeat("\n", 100<<20)})),
			"u.data: the file has no entries"},
		{"split of 1M", millions(), `"u1" comes with MovieLens-100K only`},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %s", c.name, c.err, c.want)
		}
	}
	m, err := OpenMovieLens(writeFolder(t, madeUp(form100K, 3)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Split("../u1"); err == nil || !strings.Contains(err.Error(), "must be one of") {
		t.Errorf("a split of another name: %v", err)
	}
	if _, err := m.Split("ua"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a split whose files are missing: %v", err)
	}
	if _, err := OpenMovieLens(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func FuzzReadRatings(f *testing.F) {
	f.Add([]byte("11\t22\t3\t880000001\n12\t23\t4\t880000002\r\n"), byte(0))
	f.Add([]byte("1::22::5::970000001\n"), byte(1))
	f.Add([]byte("1::22222::4.5::970000001\n"), byte(1))
	f.Add([]byte("0\t1\t1\t1\n1\t1\t1"), byte(0))
	f.Add([]byte("userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n7,100000,0.5,1260759179\n"), byte(2))
	f.Fuzz(func(t *testing.T, file []byte, which byte) {
		form := []ratingForm{form100K, form1M, formCSV}[which%3]
		o, times, _, err := readRatings("fuzz", bytes.NewReader(file), form, 0, 0, nil)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "data: fuzz:") {
				t.Fatalf("error %q does not begin with data: and the file", err)
			}
			return
		}
		if len(times) != o.Len() {
			t.Fatalf("%d times of %d ratings", len(times), o.Len())
		}
		for _, e := range o.All() {
			if e.Value < 0.5 || e.Value > MaxRating {
				t.Fatalf("rating %v", e)
			}
		}
	})
}

// Whatever the archive: an error that names it, or a set whose ratings are in range.
func FuzzOpenMovieLens(f *testing.F) {
	whole := zipped(f, map[string]string{"ml-100k/u.data": "1\t1\t5\t1\n2\t3\t4\t2\n", "ml-100k/README": madeUpLicence})
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(zipped(f, map[string]string{"../u.data": "1\t1\t5\t1\n"}))
	f.Add(zipped(f, map[string]string{"ratings.dat": "1::1::5::1\n"}))
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, file []byte) {
		name := filepath.Join(folder, fmt.Sprintf("%d.zip", os.Getpid()))
		if err := os.WriteFile(name, file, 0o644); err != nil {
			t.Fatal(err)
		}
		set, err := OpenMovieLens(name)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "data: "+name) {
				t.Fatalf("error %q does not begin with data: and the file", err)
			}
			return
		}
		for _, e := range set.Ratings.All() {
			if e.Value < set.Lowest || e.Value > set.Highest {
				t.Fatalf("rating %v", e)
			}
		}
	})
}

// Of the shape of u.data: 100,000 lines.
func BenchmarkReadRatings(b *testing.B) {
	var file bytes.Buffer
	for k := range 100_000 {
		fmt.Fprintf(&file, "%d\t%d\t%d\t%d\n", k%943+1, k/943*15+k%15+1, k%5+1, 880_000_000+k)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		if _, _, _, err := readRatings("u.data", bytes.NewReader(file.Bytes()), form100K, 0, 0, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// Every generation, by folder and zip, in its own form: half stars, titles, numbers with gaps,
// times.
func TestMovieLensGenerations(t *testing.T) {
	const csv = "userId,movieId,rating,timestamp\n3,193609,0.5,1260759144\n1,31,2.5,1260759179\n3,31,5.0,1260759182\n"
	gaps := by{{"Café (1995)", "3"}: 5, {"Café (1995)", "1"}: 2.5, {"Up, up \"and\" away (2009)", "3"}: 0.5}
	for _, c := range []struct {
		name       string
		files      map[string]string
		rows, cols int
		lowest     float64
		want       by
		times      []float64
	}{
		{"100K", map[string]string{
			"ml-100k/u.data": "2\t3\t5\t880000000\n1\t1\t1\t880000001\n",
			"ml-100k/u.item": "1|Caf\xe9 (1995)|01-Jan-1995||x|0\n2|\"Twice\" (1997)|||x|0\n3|\"Twice\" (1997)|||x|0\n",
		}, 3, 2, 1, by{{"Café (1995)", "1"}: 1, {"\"Twice\" (1997) #3", "2"}: 5}, []float64{880000001, 880000000}},
		{"1M", map[string]string{
			"ml-1m/ratings.dat": "1::1::1::978300760\n2::3::5::978302109\n",
			"ml-1m/movies.dat":  "1::Caf\xe9 (1995)::Drama\n3::Up (2009)::Comedy|Animation\n",
		}, 3, 2, 1, by{{"Café (1995)", "1"}: 1, {"Up (2009)", "2"}: 5}, []float64{978300760, 978302109}},
		{"10M", map[string]string{
			"ml-10M100K/ratings.dat": "1::31::2.5::838985046\n3::193609::0.5::838983525\n3::31::5::838983392\n",
			"ml-10M100K/movies.dat": "31::Café (1995)::Drama\n193609::Up, up \"and\" away " +
				"(2009)::Comedy\n99::Unrated::x\n",
		}, 2, 2, 0.5, gaps, []float64{838985046, 838983392, 838983525}},
		{"latest", map[string]string{
			"ml-latest-small/ratings.csv": csv,
			"ml-latest-small/movies.csv": "movieId,title,genres\n31,Café (1995),Drama\n193609,\"Up, up " +
				"\"\"and\"\" away (2009)\",Comedy\n",
			"ml-latest-small/README.txt": madeUpLicence,
		}, 2, 2, 0.5, gaps, []float64{1260759179, 1260759182, 1260759144}},
		{"without titles", map[string]string{"ml-25m/ratings.csv": csv}, 2, 2, 0.5,
			by{{"31", "3"}: 5, {"31", "1"}: 2.5, {"193609", "3"}: 0.5}, []float64{1260759179, 1260759182, 1260759144}},
	} {
		for _, at := range []string{writeFolder(t, c.files), writeZip(t, zipped(t, c.files))} {
			m, err := OpenMovieLens(at)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if rows, cols := m.Ratings.Dims(); rows != c.rows || cols != c.cols {
				t.Errorf("%s: %d×%d, want %d×%d", c.name, rows, cols, c.rows, c.cols)
				continue
			}
			if diff := cmp.Diff(c.want, labelled(m.Ratings)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
			if diff := cmp.Diff(c.times, m.Times); diff != "" {
				t.Errorf("%s: times (-want +got):\n%s", c.name, diff)
			}
			if m.Lowest != c.lowest || m.Highest != 5 {
				t.Errorf("%s: from %v to %v, want %v to 5", c.name, m.Lowest, m.Highest, c.lowest)
			}
			o, err := Load(at)
			if err != nil {
				t.Errorf("%s: Load: %v", c.name, err)
			} else if diff := cmp.Diff(c.want, labelled(o)); diff != "" {
				t.Errorf("%s: Load (-want +got):\n%s", c.name, diff)
			}
			p, err := m.SplitByTime(0.4)
			if err != nil || p.Test.Len() != 1 || p.Test.(*mc.Observations).RowIndex() != m.Ratings.RowIndex() {
				t.Errorf("%s: SplitByTime: %v, %v", c.name, p, err)
			}
		}
	}
	bad := func(files map[string]string) error { _, err := OpenMovieLens(writeFolder(t, files)); return err }
	for want, err := range map[string]error{
		"ratings.csv:2:3: the rating 5.5 is out of range; it must be from 0.5 to 5": bad(
			map[string]string{"ratings.csv": "userId,movieId,rating,timestamp\n1,1,5.5,1\n"}),
		"ratings.csv:1: the header must be userId,movieId,rating,timestamp": bad(
			map[string]string{"ratings.csv": "1,1,5.5,1\n"}),
		"movies.dat:1:1: \"x\" is not the number of an item": bad(
			map[string]string{"ratings.dat": "1::1::5::1\n", "movies.dat": "x::y::z\n"}),
		"ratings.dat:2: the rating of item 7 by user 1 was given in line 1 already": bad(
			map[string]string{"ratings.dat": "1::7::5::1\n1::7::4::2\n"}),
		"ratings.csv:3: the rating of item 193609 by user 7 was given in line 2 already": bad(
			map[string]string{"ratings.csv": "userId,movieId,rating,timestamp\n7,193609,5,1\n7,193609,5,1\n"}),
		"ratings.csv:2:1: \"x\" is not a whole number": bad(
			map[string]string{"ratings.csv": "userId,movieId,rating,timestamp\nx,1,5,1\n"}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %s", err, want)
		}
	}
}

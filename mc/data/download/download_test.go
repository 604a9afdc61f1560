package download

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"projectpenalty/mc/data"
)

// archive is a zip in the format of MovieLens-100K, ratings drawn by the seed.
func archive(t *testing.T, seed uint64) []byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	var ratings strings.Builder
	for item := range 20 {
		for user := range 10 {
			fmt.Fprintf(&ratings, "%d\t%d\t%d\t880000000\n", user+1, item+1, 1+rng.IntN(5))
		}
	}
	var b bytes.Buffer
	files := zip.NewWriter(&b)
	for name, text := range map[string]string{"ml-100k/u.data": ratings.String(),
		"ml-100k/README": "SUMMARY & USAGE LICENSE\nmade up for a test\n"} {
		w, err := files.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// serve answers each request by the next of the answers, the last of which is repeated.
func serve(t *testing.T, answers ...http.HandlerFunc) (url string, requests *atomic.Int32) {
	t.Helper()
	requests = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(requests.Add(1))
		answers[min(n, len(answers))-1](w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/ml-100k.zip", requests
}

func honest(content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "ml-100k.zip", time.Time{}, bytes.NewReader(content))
	}
}

// cut promises everything and ends the connection after n bytes.
func cut(content []byte, n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:n])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// stall sends n bytes and then nothing.
func stall(content []byte, n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:n])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

// unsized sends a body without saying how long it is.
func unsized(content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		w.Write(content)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

func TestDownload(t *testing.T) {
	content := archive(t, 4)
	half := len(content) / 2
	wrong := bytes.Clone(content)
	wrong[half] ^= 1
	elsewhere, _ := serve(t, honest(content))
	ranged := func(header string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", header)
			w.WriteHeader(http.StatusPartialContent)
			w.Write(content[half:])
		}
	}
	for _, c := range []struct {
		name     string
		answers  []http.HandlerFunc
		requests int32
		want     string // of the error; none for success
	}{
		{"at once", []http.HandlerFunc{honest(content)}, 1, ""},
		{"cut, then the rest", []http.HandlerFunc{cut(content, half), honest(content)}, 2, ""},
		{"cut three times", []http.HandlerFunc{cut(content, 10), cut(content, 20), cut(content, half),
			honest(content)}, 4, ""},
		{"cut, then all again", []http.HandlerFunc{cut(content, half), unsized(content)}, 2, ""},
		{"stalls, then the rest", []http.HandlerFunc{stall(content, half), honest(content)}, 2, ""},
		{"out of order, then well", []http.HandlerFunc{status(503), status(429), honest(content)}, 3, ""},
		{"redirected", []http.HandlerFunc{redirect(elsewhere)}, 1, ""},
		{"wrong range, then well", []http.HandlerFunc{cut(content, half), ranged("bytes 0-9/10"),
			honest(content)}, 3, ""},
		{"cannot go on, then well", []http.HandlerFunc{cut(content, half), status(416), honest(content)}, 3, ""},
		{"wrong beginning, then well", []http.HandlerFunc{cut(wrong, half+1), honest(content), honest(content)}, 3, ""},
		{"always cut", []http.HandlerFunc{cut(content, 0)}, attempts, "EOF (attempt 5)"},
		{"always stalled", []http.HandlerFunc{stall(content, 0)}, attempts, "nothing arrived for 20ms"},
		{"never in order", []http.HandlerFunc{status(500)}, attempts, "the server answered 500"},
		{"gone", []http.HandlerFunc{status(404)}, 1, "the server answered 404"},
		{"wrong body", []http.HandlerFunc{honest(wrong)}, 1, "was discarded"},
		{"wrong length, said so", []http.HandlerFunc{honest([]byte("<html>sign in</html>"))}, 1,
			"the server offers 20 bytes, the file has"},
		{"too long, not said", []http.HandlerFunc{unsized(append(bytes.Clone(content), 0))}, 1, "sends more than"},
		{"too short, not said", []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Range")
			unsized(content[:half])(w, r)
		}}, attempts, "the server ended after"},
		{"endless redirects", []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			redirect(r.URL.Path)(w, r)
		}}, 10, "redirected ten times"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, requests := serve(t, c.answers...)
			sum := sha256.Sum256(content)
			d := download{url: url, size: int64(len(content)), sha256: hex.EncodeToString(sum[:]),
				wait: time.Millisecond, stall: time.Minute}
			switch c.name { // the others must not end by being slow, on a busy machine
			case "stalls, then the rest":
				d.stall = time.Second
			case "always stalled":
				d.stall = 20 * time.Millisecond
			}
			name := filepath.Join(t.TempDir(), "ml-100k.zip")
			var progress bytes.Buffer
			err := d.to(t.Context(), name, &progress)
			// To a client that waits a second only, a busy server may stall too.
			if got := requests.Load(); got != c.requests && !(c.name == "stalls, then the rest" && got > c.requests) {
				t.Errorf("%d requests, want %d", got, c.requests)
			}
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, content) {
					t.Errorf("the file is not what was served: %v", err)
				}
				if !strings.Contains(progress.String(), "100 %") {
					t.Errorf("progress %q does not come to its end", &progress)
				}
				if _, err := os.Stat(name + ".part"); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("a part is left: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), url) {
				t.Errorf("error %v does not say %s of %s", err, c.want, url)
			}
			if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("there is a file under the name: %v", err)
			}
		})
	}
}

// A cancelled download leaves its part, and the next call asks for the rest only.
func TestDownloadResumes(t *testing.T) {
	content := archive(t, 5)
	half := len(content) / 2
	var asked atomic.Value
	asked.Store("")
	arrived := make(chan bool, 1)
	url, _ := serve(t,
		func(w http.ResponseWriter, r *http.Request) {
			arrived <- true
			stall(content, half)(w, r)
		},
		func(w http.ResponseWriter, r *http.Request) {
			asked.Store(r.Header.Get("Range"))
			honest(content)(w, r)
		})
	sum := sha256.Sum256(content)
	d := download{url: url, size: int64(len(content)), sha256: hex.EncodeToString(sum[:]), wait: time.Millisecond,
		stall: time.Minute}
	name := filepath.Join(t.TempDir(), "ml-100k.zip")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		for { // until what was sent has reached the disk
			if info, err := os.Stat(name + ".part"); err == nil && info.Size() == int64(half) {
				break
			}
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if err := d.to(ctx, name, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want that it was cancelled", err)
	}
	if err := d.to(t.Context(), name, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("bytes=%d-", half); asked.Load() != want {
		t.Errorf("asked for %q, want %q", asked.Load(), want)
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the file is not what was served: %v", err)
	}
}

// Of two downloads to one name the second waits for the first, then finds the file, though the
// server would send it all again. One that is cancelled while it waits leaves the other alone.
func TestTwoDownloads(t *testing.T) {
	content := archive(t, 8)
	half := len(content) / 2
	arrived, goOn := make(chan bool), make(chan bool)
	url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:half])
		w.(http.Flusher).Flush()
		arrived <- true
		<-goOn
		w.Write(content[half:])
	}, unsized(content))
	sum := sha256.Sum256(content)
	d := download{url: url, size: int64(len(content)), sha256: hex.EncodeToString(sum[:]), wait: time.Millisecond,
		stall: time.Minute}
	name := filepath.Join(t.TempDir(), "ml-100k.zip")
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- d.to(t.Context(), name, &bytes.Buffer{}) }()
	<-arrived
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := d.to(ctx, name, &bytes.Buffer{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that it was stopped while it waited", err)
	}
	waits := make(chan string, 100)
	go func() { second <- d.to(t.Context(), name, told(waits)) }()
	if text := <-waits; !strings.Contains(text, "another program downloads it; waiting") {
		t.Errorf("the second says %q", text)
	}
	goOn <- true
	for _, done := range []chan error{first, second} {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := requests.Load(); got != 1 {
		t.Errorf("%d requests, want 1", got)
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the file is not what was served: %v", err)
	}
	if _, err := os.Stat(name + ".part"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a part is left: %v", err)
	}
}

// told sends on what is written.
type told chan<- string

func (c told) Write(b []byte) (int, error) {
	c <- string(b)
	return len(b), nil
}

// Where there are no locks, another download may rename the part first; the file is then there.
func TestDownloadOvertaken(t *testing.T) {
	content := archive(t, 9)
	half := len(content) / 2
	name := filepath.Join(t.TempDir(), "ml-100k.zip")
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:half])
		if err := errors.Join(os.Remove(name+".part"), os.WriteFile(name, content, 0o600)); err != nil {
			t.Error(err)
		}
		w.Write(content[half:])
	})
	sum := sha256.Sum256(content)
	d := download{url: url, size: int64(len(content)), sha256: hex.EncodeToString(sum[:]), wait: time.Millisecond,
		stall: time.Minute}
	if err := d.to(t.Context(), name, &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
}

// The first call downloads and shows the licence, the second asks nobody, and MC_DATA forbids the
// network.
func TestMovieLens100KIsKept(t *testing.T) {
	content := archive(t, 6)
	url, requests := serve(t, honest(content))
	sum := sha256.Sum256(content)
	d := download{url: url, size: int64(len(content)), sha256: hex.EncodeToString(sum[:]), wait: time.Millisecond,
		stall: time.Minute}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("MC_DATA", "")
	if _, err := data.FindMovieLens100K(); !errors.Is(err, fs.ErrNotExist) ||
		!strings.Contains(err.Error(), "set MC_DATA") {
		t.Errorf("before the download: %v; want what to do", err)
	}
	var shown bytes.Buffer
	first, err := d.open(t.Context(), &shown)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(shown.String(), "made up for a test") {
		t.Errorf("the licence was not shown: %q", &shown)
	}
	for name, open := range map[string]func() (*data.MovieLens, error){
		"second call": func() (*data.MovieLens, error) { return d.open(t.Context(), &shown) },
		"find":        data.FindMovieLens100K,
	} {
		m, err := open()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(first.Ratings.Entries(), m.Ratings.Entries()) ||
			!slices.Equal(first.Ratings.Values(), m.Ratings.Values()) {
			t.Errorf("%s: other ratings than those of the first call", name)
		}
	}
	if got := requests.Load(); got != 1 {
		t.Errorf("%d requests, want 1", got)
	}

	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "ml-100k.zip"), archive(t, 7), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{folder, filepath.Join(folder, "ml-100k.zip")} {
		t.Setenv("MC_DATA", at)
		m, err := d.open(t.Context(), &shown)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(first.Ratings.Values(), m.Ratings.Values()) {
			t.Error("MC_DATA points to another set, and it was not read")
		}
	}
	t.Setenv("MC_DATA", filepath.Join(folder, "none"))
	if _, err := d.open(t.Context(), &shown); !errors.Is(err, fs.ErrNotExist) ||
		!strings.Contains(err.Error(), "MC_DATA is") {
		t.Errorf("MC_DATA points nowhere: %v", err)
	}
	if got := requests.Load(); got != 1 {
		t.Errorf("%d requests with MC_DATA, want none more", got-1)
	}
}

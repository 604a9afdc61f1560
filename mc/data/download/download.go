// Package download fetches data sets whose licences forbid redistribution from their publishers. It
// is apart from package data, so that a program that only reads files does not link an HTTP client.
package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"projectpenalty/mc/data"
	"projectpenalty/mc/data/internal/disk"
	"projectpenalty/mc/internal/filelock"
)

// movieLens100K is the archive as GroupLens has published it since 1998.
var movieLens100K = download{
	url:    "https://files.grouplens.org/datasets/movielens/ml-100k.zip",
	size:   4_924_029,
	sha256: "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
	wait:   time.Second,
	stall:  30 * time.Second,
}

// MovieLens100K reads MovieLens-100K, 100,000 ratings of 1682 films by 943 users (Harper and
// Konstan 2015), as [data.FindMovieLens100K] does. Where there is no copy and MC_DATA is not set,
// it first downloads the archive of 4.9 MB from GroupLens into the user's cache folder, once. It
// shows progress and the licence on standard error, resumes a download that was cut, and discards a
// file whose checksum differs from the published SHA-256. While another program downloads it, it
// waits.
func MovieLens100K(ctx context.Context) (*data.MovieLens, error) {
	return movieLens100K.open(ctx, os.Stderr)
}

func (d download) open(ctx context.Context, progress io.Writer) (*data.MovieLens, error) {
	m, err := data.FindMovieLens100K()
	if !errors.Is(err, fs.ErrNotExist) || os.Getenv("MC_DATA") != "" {
		return m, err
	}
	cached, err := disk.Cache("ml-100k.zip")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(cached), 0o755); err != nil {
		return nil, fmt.Errorf("download: %w", err)
	}
	if err := d.to(ctx, cached, progress); err != nil {
		return nil, err
	}
	if m, err = data.OpenMovieLens(cached); err == nil {
		fmt.Fprintf(progress, "%s\n", strings.TrimSpace(m.Licence))
	}
	return m, err
}

// download is a file whose size and SHA-256 are known.
type download struct {
	url    string
	size   int64
	sha256 string
	// wait before the second attempt, doubled with each further one; stall is how long nothing may
	// arrive.
	wait, stall time.Duration
}

const attempts = 5

// to downloads to the named file, which appears when it is whole and right. Until then what has
// arrived is in name.part, from which a later call goes on.
func (d download) to(ctx context.Context, name string, progress io.Writer) error {
	part := name + ".part"
	f, err := d.claim(ctx, part, progress)
	if err != nil {
		return err
	}
	defer f.Close() // and so gives back its lock, once the file has its name
	if d.is(name) { // by a download that ended meanwhile
		os.Remove(part)
		return nil
	}
	for attempt := 1; ; attempt++ {
		err := d.attempt(ctx, f, progress)
		if err == nil {
			break
		}
		var final *finalError
		if errors.As(err, &final) || attempt == attempts || ctx.Err() != nil {
			if at, failed := f.Seek(0, io.SeekEnd); failed == nil && at == 0 {
				os.Remove(part) // there is nothing to go on from
			}
			if ctx.Err() != nil {
				return fmt.Errorf("download: %s: stopped, the next call goes on: %w", d.url, context.Cause(ctx))
			}
			return fmt.Errorf("download: %s: %w (attempt %d)", d.url, err, attempt)
		}
		fmt.Fprintf(progress, "%v; trying again\n", err)
		select {
		case <-ctx.Done():
		case <-time.After(d.wait << (attempt - 1)):
		}
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("download: %w", err)
	}
	// Where there are no locks, another download may have renamed it.
	if err := os.Rename(part, name); err != nil && !(errors.Is(err, fs.ErrNotExist) && d.is(name)) {
		return fmt.Errorf("download: %w", err)
	}
	return disk.Sync(filepath.Dir(name))
}

// claim opens the part and takes its lock. It waits while another download has it.
func (d download) claim(ctx context.Context, part string, progress io.Writer) (*os.File, error) {
	for told := false; ; {
		f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, fmt.Errorf("download: %w", err)
		}
		free := filelock.Try(f) != filelock.Busy
		if free {
			// What was opened may have been renamed or removed before the lock was taken.
			opened, err := f.Stat()
			named, failed := os.Stat(part)
			if err == nil && failed == nil && os.SameFile(opened, named) {
				return f, nil
			}
		}
		f.Close()
		if !free && !told {
			told = true
			fmt.Fprintf(progress, "%s: another program downloads it; waiting\n", filepath.Base(d.url))
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("download: %s: stopped, another program downloads it: %w", d.url, context.Cause(ctx))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// is reports whether the named file is the one to download.
func (d download) is(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	sum, err := sumOf(f)
	return err == nil && sum == d.sha256
}

func sumOf(r io.Reader) (string, error) {
	sum := sha256.New()
	_, err := io.Copy(sum, r)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// finalError is one that another attempt would meet again.
type finalError struct{ error }

func (e *finalError) Unwrap() error { return e.error }

// attempt brings f from what it has to the whole file.
func (d download) attempt(ctx context.Context, f *os.File, progress io.Writer) error {
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return &finalError{err}
	}
	if have > d.size {
		if have, err = 0, restart(f); err != nil {
			return err
		}
	}
	if have < d.size {
		if err := d.fetch(ctx, f, have, progress); err != nil {
			return err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return &finalError{err}
	}
	got, err := sumOf(f)
	if err != nil {
		return &finalError{err}
	}
	if got != d.sha256 {
		if err := restart(f); err != nil {
			return err
		}
		err := fmt.Errorf("what arrived has the SHA-256 %s, not %s, and was discarded", got, d.sha256)
		if have == 0 {
			return &finalError{err}
		}
		return err // the beginning, from an earlier call, may have been what was wrong
	}
	return nil
}

func restart(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return &finalError{err}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return &finalError{err}
	}
	return nil
}

// fetch asks for what is missing after have bytes, and writes it to f.
func (d download) fetch(ctx context.Context, f *os.File, have int64, progress io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(d.stall, func() { cancel(fmt.Errorf("nothing arrived for %v", d.stall)) })
	defer stalled.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return &finalError{err}
	}
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	client := http.Client{CheckRedirect: func(to *http.Request, via []*http.Request) error {
		if len(via) >= 10 {
			return &finalError{errors.New("redirected ten times")}
		}
		if via[0].URL.Scheme == "https" && to.URL.Scheme != "https" {
			return &finalError{fmt.Errorf("redirected to %s, which is not encrypted", to.URL.Redacted())}
		}
		return nil
	}}
	response, err := client.Do(request)
	if err != nil {
		return cause(ctx, err)
	}
	defer response.Body.Close()
	switch code := response.StatusCode; {
	case code == http.StatusOK: // from the start, whatever was asked for
		if have, err = 0, restart(f); err != nil {
			return err
		}
	case code == http.StatusPartialContent && have > 0:
		if want := fmt.Sprintf("bytes %d-%d/%d", have, d.size-1, d.size); response.Header.Get("Content-Range") != want {
			if err := restart(f); err != nil {
				return err
			}
			return fmt.Errorf("the server sent the range %q, not %q", response.Header.Get("Content-Range"), want)
		}
	case code == http.StatusRequestedRangeNotSatisfiable && have > 0:
		if err := restart(f); err != nil {
			return err
		}
		return errors.New("the server could not go on where the last download ended")
	case code >= 500 || code == http.StatusTooManyRequests:
		return fmt.Errorf("the server answered %s", response.Status)
	default:
		return &finalError{fmt.Errorf("the server answered %s", response.Status)}
	}
	if n := response.ContentLength; n >= 0 && have+n != d.size {
		return &finalError{fmt.Errorf("the server offers %d bytes, the file has %d", have+n, d.size)}
	}
	buffer := make([]byte, 64<<10)
	shown := have * 10 / d.size
	for {
		n, err := response.Body.Read(buffer)
		if n > 0 {
			stalled.Reset(d.stall)
			if have += int64(n); have > d.size {
				if err := restart(f); err != nil {
					return err
				}
				return &finalError{fmt.Errorf("the server sends more than the %d bytes of the file", d.size)}
			}
			if _, err := f.Write(buffer[:n]); err != nil {
				return &finalError{err}
			}
			if tenth := have * 10 / d.size; tenth > shown {
				shown = tenth
				fmt.Fprintf(progress, "%s: %d %% of %.1f MB\n", filepath.Base(d.url), tenth*10, float64(d.size)/1e6)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return cause(ctx, err)
		}
	}
	if have < d.size {
		return fmt.Errorf("the server ended after %d of %d bytes", have, d.size)
	}
	return nil
}

// cause prefers why the request was cancelled to that it was.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

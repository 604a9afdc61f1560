package viz

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// browsers that can draw a picture, by the names that systems give them. $CHROMIUM goes before them.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"}

// writePNG draws the picture of a figure with an installed browser, on white, at twice its size.
func writePNG(name string, f Figure) error {
	svg, err := f.SVG()
	if err != nil {
		return err
	}
	browser, err := findBrowser()
	if err != nil {
		return fmt.Errorf("viz: WriteFile(%q): %w", name, err)
	}
	size := svgSize.FindStringSubmatch(svg)
	if size == nil {
		return fmt.Errorf("viz: WriteFile(%q): the picture has no size", name)
	}
	width, _ := strconv.ParseFloat(size[1], 64)
	height, _ := strconv.ParseFloat(size[2], 64)
	folder, err := os.MkdirTemp("", "penalty-png-")
	if err != nil {
		return fmt.Errorf("viz: WriteFile(%q): %w", name, err)
	}
	defer os.RemoveAll(folder)
	page, picture := filepath.Join(folder, "page.html"), filepath.Join(folder, "picture.png")
	err = os.WriteFile(page, []byte(`<!doctype html><meta charset="utf-8"><style>body{margin:0;background:#fff}svg{display:block}</style>`+svg), 0o600)
	if err != nil {
		return fmt.Errorf("viz: WriteFile(%q): %w", name, err)
	}
	out, err := exec.Command(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=2",
		"--user-data-dir="+filepath.Join(folder, "profile"), "--screenshot="+picture,
		fmt.Sprintf("--window-size=%d,%d", int(width), int(height)), "file://"+page).CombinedOutput()
	if err != nil {
		return fmt.Errorf("viz: WriteFile(%q): %s: %w: %.300s", name, browser, err, out)
	}
	b, err := os.ReadFile(picture)
	return write(name, string(b), err)
}

var errNoBrowser = errors.New("a .png is drawn by an installed browser, and there is none: install Chromium or Chrome, set CHROMIUM to one, or write .svg")

func findBrowser() (string, error) {
	if name := os.Getenv("CHROMIUM"); name != "" {
		return name, nil
	}
	for _, b := range browsers {
		if path, err := exec.LookPath(b); err == nil {
			return path, nil
		}
	}
	return "", errNoBrowser
}

var svgSize = regexp.MustCompile(`^<svg[^>]*? width="([0-9.]+)" height="([0-9.]+)"`)

// Package disk holds what the readers and the downloads of package data share.
package disk

import (
	"fmt"
	"os"
	"path/filepath"
)

// Cache returns the path of a file in the user's cache folder of the toolkit.
func Cache(name string) (string, error) {
	folder, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("data: there is no cache folder: %w; set MC_DATA to a copy of the data", err)
	}
	return filepath.Join(folder, "projectpenalty", name), nil
}

// Sync makes a rename in the folder survive a power cut.
func Sync(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	return nil
}

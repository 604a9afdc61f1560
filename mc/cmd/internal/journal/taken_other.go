//go:build !unix

package journal

import "os"

// taken refuses no file.
func taken(*os.File) bool { return false }

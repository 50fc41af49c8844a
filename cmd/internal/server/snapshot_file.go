package server

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// openRegular opens a file to read it, and nothing else: a pipe would keep us
// waiting.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("server: %s is not a file", path)
	}
	return os.Open(path)
}

// replaceFile puts what write writes in the place of the file at path in one
// step, for the eyes of its owner alone: whoever reads it, and whenever the
// power fails, there is the old file or the new one.
func replaceFile(path string, write func(io.Writer) error) (err error) {
	// The name is the same each time, so that what a crash leaves is cleared
	// away by the next attempt.
	unfinished := path + ".new"
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(unfinished) // it may be gone already
		}
	}()
	if err := errors.Join(writeThrough(file, write), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(unfinished, path); err != nil {
		return err
	}
	syncDirectory(filepath.Dir(path))
	return nil
}

// writeThrough returns once the disk has what write writes.
func writeThrough(file *os.File, write func(io.Writer) error) error {
	out := bufio.NewWriterSize(file, 1<<20)
	if err := write(out); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Sync()
}

// syncDirectory makes a rename last where that can be had: Windows and some
// network shares have no such thing.
func syncDirectory(path string) {
	directory, err := os.Open(path)
	if err != nil {
		return
	}
	defer directory.Close()
	_ = directory.Sync() // the file is in its place, only not for sure
}

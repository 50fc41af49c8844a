package config

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Snapshot keeps the cache across a restart, in a file that holds calendar data
// and is therefore never written without a key.
type Snapshot struct {
	File Path   `yaml:"file"` // see SnapshotFile
	Key  Secret `yaml:"key"`  // as KeyBytes reads it
}

// snapshotKeySize is the length of the key in bytes, that of AES-256.
const snapshotKeySize = 32

// SnapshotFile is where the snapshot of the cache is kept: at the place that it
// names, else in the state directory once there is a key for it. Empty: nowhere.
func (c *Config) SnapshotFile() string {
	s := c.Cache.Snapshot
	if s.File == "" && c.StateDirectory != "" && s.Key.IsSet() {
		return filepath.Join(string(c.StateDirectory), "cache.snapshot")
	}
	return string(s.File)
}

// KeyBytes are the 32 bytes of the key, or nil when there is none. It stands as
// base64, in the alphabet of RFC 4648 4, or as 64 hexadecimal digits.
func (s Snapshot) KeyBytes() []byte {
	text := s.Key.Reveal()
	if key, err := hex.DecodeString(text); err == nil && len(key) == snapshotKeySize {
		return key
	}
	if key, err := base64.StdEncoding.DecodeString(text); err == nil && len(key) == snapshotKeySize {
		return key
	}
	return nil
}

// snapshot looks for what would keep a snapshot from being written at the end,
// when nobody looks any more.
func (c *checker) snapshot() {
	s := c.Cache.Snapshot
	file := c.SnapshotFile()
	switch {
	case file == "" && s.Key.IsSet():
		c.warn("cache.snapshot.key", "there is no file: nothing is kept", "name state_directory or cache.snapshot.file")
	case file == "" && c.StateDirectory != "":
		c.warn("state_directory", "nothing is kept in it without cache.snapshot.key", makeSnapshotKey)
	case file == "":
		return
	case !s.Key.IsSet():
		c.fail("cache.snapshot.key", "is required: calendars are never written without encryption", makeSnapshotKey)
	case s.Key.Reveal() != "" && s.KeyBytes() == nil:
		c.fail("cache.snapshot.key", "is not 32 bytes in base64, nor in hexadecimal digits", makeSnapshotKey)
	}
	key := "cache.snapshot.file"
	if s.File == "" {
		key = "state_directory"
	}
	c.readable(key, Path(file), checkPlace)
}

const makeSnapshotKey = "make one with: (umask 077; openssl rand -base64 32 > FILE)"

// checkPlace reports why there can be no file at path, or nil.
func checkPlace(path string) *mistake {
	directory := filepath.Dir(path)
	switch info, err := os.Stat(directory); {
	case errors.Is(err, fs.ErrNotExist):
		return &mistake{directory + ": no such directory", "make it, and let the account that availproxy runs as write to it"}
	case err != nil:
		return fileMistake(directory, err)
	case !info.IsDir():
		return &mistake{directory + " is not a directory", ""}
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return &mistake{path + " is not a file", "name a file, which need not be there yet"}
	}
	return nil
}

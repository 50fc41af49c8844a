package config

import (
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

// readableByOthers are the permissions that a key file must not have: any for
// accounts that are neither the owner nor in the group.
const readableByOthers fs.FileMode = 0o007

// checkFile reports why path is not a file that can be read, or nil.
func checkFile(path string) *mistake {
	_, m := statReadable(path)
	return m
}

// checkKeyFile is checkFile for a file that holds a secret: it must not be
// readable by others either. Windows keeps that elsewhere than in the mode, so
// there the question is not asked.
func checkKeyFile(path string) *mistake {
	info, m := statReadable(path)
	if m != nil || runtime.GOOS == "windows" || info.Mode()&readableByOthers == 0 {
		return m
	}
	return &mistake{
		fmt.Sprintf("%s is readable by others (mode %04o)", path, info.Mode().Perm()),
		"chmod o= " + path + ", and in Kubernetes set defaultMode: 0440",
	}
}

func statReadable(path string) (fs.FileInfo, *mistake) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fileMistake(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fileMistake(path, err)
	}
	if info.IsDir() {
		return nil, &mistake{path + " is a directory", "name the file in it"}
	}
	return info, nil
}

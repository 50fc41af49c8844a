package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// errNoAccounting says that this system does not tell of a running process what
// it has used.
var errNoAccounting = errors.New("the processor time of servers is not measured on this system, only on Linux")

// mallocs is how often a Go server has allocated so far, as its metrics page
// says.
func mallocs(page string) (float64, error) {
	response, err := http.Get(page)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(io.LimitReader(response.Body, 1<<20))
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), "go_memstats_mallocs_total "); found {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("%s does not tell allocations", page)
}

package config

import (
	"fmt"
	"strings"
)

// didYouMean is a hint at the candidate that is spelled most like word, or ""
// when none is close. Case and underscores do not count, so that the names of
// cmdlet parameters (TargetAddressDomains) find their keys.
func didYouMean(word string, candidates ...string) string {
	if best := closest(word, candidates); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return ""
}

func closest(word string, candidates []string) string {
	word = folded(word)
	best, least := "", 1+max(1, len(word)/3)
	for _, candidate := range candidates {
		if d := distance(word, folded(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

func folded(s string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s))
}

// distance counts the letters to insert, delete or replace between a and b
// (Levenshtein's).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

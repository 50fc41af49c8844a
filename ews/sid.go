package ews

// isSID reports whether text is a security identifier in the form of SDDL
// ([MS-DTYP] 2.4.2.1): a revision, which is 1, an authority of up to 48 bits, and
// 1 to 15 subauthorities. A request may have thousands of them.
func isSID[T string | []byte](text T) bool {
	const revision = "S-1-"
	if len(text) < len(revision) || string(text[:len(revision)]) != revision {
		return false
	}
	i := behindAuthority(text, len(revision))
	subauthorities := 0
	for i > 0 && i < len(text) {
		if text[i] != '-' {
			return false
		}
		i = behindDigits(text, i+1)
		subauthorities++
	}
	return i > 0 && subauthorities >= 1 && subauthorities <= 15
}

// behindAuthority passes an authority, in hexadecimal when it has more than 32
// bits. The result is 0 where there is none.
func behindAuthority[T string | []byte](text T, i int) int {
	const prefix, digits = "0x", 12
	if len(text) < i+len(prefix)+digits || string(text[i:i+len(prefix)]) != prefix {
		return behindDigits(text, i)
	}
	for i += len(prefix); i < len("S-1-")+len(prefix)+digits; i++ {
		if b := text[i] | 0x20; (b < '0' || b > '9') && (b < 'a' || b > 'f') || text[i] < '0' {
			return 0
		}
	}
	return i
}

// behindDigits passes up to ten of them. The result is 0 where there is none.
func behindDigits[T string | []byte](text T, i int) int {
	start := i
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	if i == start || i-start > 10 {
		return 0
	}
	return i
}

package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// keyOne and keyTwo are not random, so that what fails once fails again.
var (
	keyOne = testKey(1)
	keyTwo = testKey(2)
)

func testKey(seed byte) SnapshotKey {
	key, err := NewSnapshotKey(bytes.Repeat([]byte{seed}, SnapshotKeySize))
	if err != nil {
		panic(err)
	}
	return key
}

// seal writes content in pieces of that size.
func seal(t testing.TB, key SnapshotKey, content []byte, piece int) []byte {
	t.Helper()
	var sealed bytes.Buffer
	w, err := newFrameWriter(&sealed, key)
	if err != nil {
		t.Fatal(err)
	}
	for len(content) > 0 {
		n := min(piece, len(content))
		if written, err := w.Write(content[:n]); written != n || err != nil {
			t.Fatalf("wrote %d of %d bytes, %v", written, n, err)
		}
		content = content[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return sealed.Bytes()
}

func unseal(sealed []byte, key SnapshotKey) ([]byte, error) {
	r, err := newFrameReader(bytes.NewReader(sealed), key)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// pattern is content in which no two frames are alike.
func pattern(size int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "%08d", i)
	}
	return b.Bytes()[:size]
}

func TestWhatIsSealedCanBeOpened(t *testing.T) {
	for _, size := range []int{0, 1, frameSize - 1, frameSize, frameSize + 1, 2 * frameSize, 3*frameSize + 5} {
		for _, piece := range []int{1000, frameSize, 5 * frameSize} {
			content := pattern(size)
			sealed := seal(t, keyOne, content, piece)
			got, err := unseal(sealed, keyOne)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes in pieces of %d: got %d bytes, %v", size, piece, len(got), err)
			}
			frames := max(1, (size+frameSize-1)/frameSize)
			if want := headSize + size + 16*frames; len(sealed) != want {
				t.Errorf("%d bytes became %d, want %d", size, len(sealed), want)
			}
			if size > 8 && bytes.Contains(sealed, content[:8]) {
				t.Error("the content can be read")
			}
		}
	}
}

// Whatever is done to a file, it is not read, and until then nothing of it is
// given but what stood in that very place.
func TestWhatWasTamperedWithIsNotOpened(t *testing.T) {
	content := pattern(3*frameSize + 100)
	sealed, other := seal(t, keyOne, content, frameSize), seal(t, keyOne, content, frameSize)
	const whole = frameSize + 16
	frame := func(of []byte, i int) []byte { return of[headSize+i*whole : min(headSize+(i+1)*whole, len(of))] }
	file := func(frames ...[]byte) []byte {
		return append(bytes.Clone(sealed[:headSize]), bytes.Join(frames, nil)...)
	}
	flipped := func(at int) []byte {
		b := bytes.Clone(sealed)
		b[at] ^= 0x10
		return b
	}
	a, b, c, d := frame(sealed, 0), frame(sealed, 1), frame(sealed, 2), frame(sealed, 3)
	tests := map[string]struct {
		file []byte
		want error
	}{
		"nothing":                          {nil, errNotASnapshot},
		"something else":                   {[]byte("-----BEGIN CERTIFICATE-----"), errNotASnapshot},
		"the first bytes changed":          {flipped(0), errNotASnapshot},
		"another version":                  {flipped(len(snapshotMagic)), errOtherVersion},
		"another salt":                     {flipped(len(snapshotMagic) + 1), errOtherKey},
		"another mark":                     {flipped(headSize - 1), errOtherKey},
		"cut off in the head":              {sealed[:headSize-1], errDamaged},
		"the head alone":                   {file(), errDamaged},
		"the first bit of the first frame": {flipped(headSize), errDamaged},
		"a bit of the second frame":        {flipped(headSize + whole + 7), errDamaged},
		"the last bit":                     {flipped(len(sealed) - 1), errDamaged},
		"the last byte missing":            {sealed[:len(sealed)-1], errDamaged},
		"the last frame missing":           {file(a, b, c), errDamaged},
		"two frames missing":               {file(a, b), errDamaged},
		"a frame missing in the midst":     {file(a, c, d), errDamaged},
		"the first frame missing":          {file(b, c, d), errDamaged},
		"two frames swapped":               {file(b, a, c, d), errDamaged},
		"a frame twice":                    {file(a, b, b, c, d), errDamaged},
		"a frame in the place of another":  {file(a, b, b, d), errDamaged},
		"the last frame earlier":           {file(a, b, d), errDamaged},
		"the last frame twice":             {file(a, b, c, d, d), errDamaged},
		"a byte more":                      {append(bytes.Clone(sealed), 0), errDamaged},
		"another file behind":              {append(bytes.Clone(sealed), other...), errDamaged},
		"the same frame of another file":   {file(a, frame(other, 1), c, d), errDamaged},
		"the last frame of another file":   {file(a, b, c, frame(other, 3)), errDamaged},
		"the head of another file":         {append(bytes.Clone(other[:headSize]), sealed[headSize:]...), errDamaged},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := unseal(tt.file, keyOne)
			if !errors.Is(err, tt.want) {
				t.Errorf("got the error %v, want %v", err, tt.want)
			}
			if !bytes.HasPrefix(content, got) {
				t.Error("something was read that was not there")
			}
		})
	}
	if _, err := unseal(sealed, keyTwo); !errors.Is(err, errOtherKey) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := unseal(sealed, SnapshotKey{}); err == nil {
		t.Error("without a key it was opened")
	}
}

func TestNoLengthButTheWholeIsRead(t *testing.T) {
	sealed := seal(t, keyOne, pattern(200), 200)
	for n := range sealed {
		if _, err := unseal(sealed[:n], keyOne); err == nil {
			t.Errorf("%d of %d bytes were taken for the whole", n, len(sealed))
		}
	}
}

// A frame that does not open is the end, however often one asks.
func TestNothingFollowsAFrameThatDoesNotOpen(t *testing.T) {
	sealed := seal(t, keyOne, pattern(200), 200)
	sealed[headSize] ^= 1
	r, err := newFrameReader(bytes.NewReader(sealed), keyOne)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if n, err := r.Read(make([]byte, 10)); n != 0 || !errors.Is(err, errDamaged) {
			t.Errorf("read %d bytes, %v", n, err)
		}
	}
}

func TestAFileThatCannotBeReadIsNotCalledDamaged(t *testing.T) {
	broken := errors.New("input/output error")
	sealed := seal(t, keyOne, pattern(2*frameSize), frameSize)
	for _, readable := range []int{0, 10, headSize, headSize + 10, headSize + frameSize + 16} {
		r, err := newFrameReader(io.MultiReader(bytes.NewReader(sealed[:readable]), iotest.ErrReader(broken)), keyOne)
		if err == nil {
			_, err = io.ReadAll(r)
		}
		if !errors.Is(err, broken) || errors.Is(err, errDamaged) {
			t.Errorf("after %d bytes: %v", readable, err)
		}
	}
}

func TestNoNonceIsUsedTwice(t *testing.T) {
	seen := map[string]bool{}
	for number := range uint64(1000) {
		for _, last := range []bool{false, true} {
			n := string(nonce(number, last)) + string(nonce(number<<40, last))
			if seen[n] {
				t.Fatalf("the nonce of frame %d, last %t, was there before", number, last)
			}
			seen[n] = true
		}
	}
	one, two := seal(t, keyOne, nil, 1), seal(t, keyOne, nil, 1)
	if bytes.Equal(one[headSize:], two[headSize:]) {
		t.Error("two files have the same key")
	}
}

func TestASnapshotKeyCannotBePrinted(t *testing.T) {
	key, err := NewSnapshotKey([]byte("canary-canary-canary-canary-ca!!"))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		for _, value := range []any{key, &key, Snapshot{Key: key}, struct{ inside SnapshotKey }{key}} {
			if printed := fmt.Sprintf(verb, value); strings.Contains(printed, "canary") || strings.Contains(printed, "63616e617279") || strings.Contains(printed, "99 97 110") {
				t.Errorf("%s of %T prints %s", verb, value, printed)
			}
		}
	}
	for _, wrong := range []int{0, 16, 31, 33, 64} {
		if _, err := NewSnapshotKey(make([]byte, wrong)); err == nil {
			t.Errorf("a key of %d bytes was taken", wrong)
		}
	}
}

// FuzzFrames looks for a change that goes unnoticed.
func FuzzFrames(f *testing.F) {
	content := pattern(100)
	f.Add(seal(f, keyOne, content, 100))
	f.Add(seal(f, keyOne, content, 100)[:headSize])
	f.Add(seal(f, keyTwo, content, 100))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := unseal(file, keyOne)
		if !bytes.HasPrefix(content, got) || err == nil && len(got) < len(content) {
			t.Errorf("a file that nobody has written was opened: %q", got)
		}
	})
}

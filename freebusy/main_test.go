package freebusy_test

import (
	"testing"
	_ "time/tzdata" // the same zones wherever the tests run

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

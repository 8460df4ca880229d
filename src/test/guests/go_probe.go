// go_probe: a guest that Go builds as a library.
//
//   add(n: i32) -> i32   adds to a sum, and returns it
//   count                output: how often this session has counted the word that the input is
//   speak                prints the input and a newline to standard output: a line of the log
//   drawn() -> i64       a random number of crypto/rand
//   guessed() -> i64     a random number of math/rand, which the runtime has seeded at its start
//   started() -> i64     the time of the initialisation in seconds, as a variable's initial value
//   now() -> i64         the time in nanoseconds
//   variable             output: the environment variable that the input names
//   collect() -> i32     makes 64 MiB of garbage, collects it; how often the collector has run
//   sleep(n: i32) -> i64 sleeps n milliseconds; how many nanoseconds have gone by
//   panics               panics: a trap
//
// initialisation: clock environment random

package main

import (
	"crypto/rand"
	"encoding/binary"
	pseudo "math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"time"
)

//go:wasmimport mooring input_len
func inputLen() uint32

//go:wasmimport mooring input_read
func inputRead(to *byte, offset, length uint32) uint32

//go:wasmimport mooring output_write
func outputWrite(from *byte, length uint32)

var (
	sum     int32
	counts  = map[string]int{}
	begun   = time.Now().Unix()
	garbage []byte
)

func input() string {
	bytes := make([]byte, inputLen()+1)
	return string(bytes[:inputRead(&bytes[0], 0, uint32(len(bytes)))])
}

func output(text string) {
	if bytes := []byte(text); len(bytes) > 0 {
		outputWrite(&bytes[0], uint32(len(bytes)))
	}
}

//go:wasmexport add
func add(n int32) int32 {
	sum += n
	return sum
}

//go:wasmexport count
func count() {
	word := input()
	counts[word]++
	output(strconv.Itoa(counts[word]))
}

//go:wasmexport speak
func speak() {
	os.Stdout.WriteString(input() + "\n")
}

//go:wasmexport drawn
func drawn() int64 {
	var bytes [8]byte
	rand.Read(bytes[:])
	return int64(binary.LittleEndian.Uint64(bytes[:]))
}

//go:wasmexport guessed
func guessed() int64 {
	return pseudo.Int64()
}

//go:wasmexport started
func started() int64 {
	return begun
}

//go:wasmexport now
func now() int64 {
	return time.Now().UnixNano()
}

//go:wasmexport variable
func variable() {
	output(os.Getenv(input()))
}

//go:wasmexport collect
func collect() int32 {
	for range 64 {
		garbage = make([]byte, 1<<20)
	}
	garbage = nil
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int32(stats.NumGC)
}

//go:wasmexport sleep
func sleep(millis int32) int64 {
	before := time.Now()
	time.Sleep(time.Duration(millis) * time.Millisecond)
	return int64(time.Since(before))
}

//go:wasmexport panics
func panics() {
	panic("as it should")
}

func main() {}

// go_command: a command that Go builds. See command.c.
//
// target: wasi-command

package main

import (
	"io"
	"os"
	"strconv"
)

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	os.Stderr.WriteString("read " + strconv.Itoa(len(input)) + "\n")
	os.Stdout.WriteString("Hello, " + string(input) + "\n")
	status, _ := strconv.Atoi(string(input))
	os.Exit(status)
}

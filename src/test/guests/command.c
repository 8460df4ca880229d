// command: a program with a `main`, as every toolchain builds one. rust_command, cpp_command,
// zig_command and go_command do the same.
//
//   _start    reads standard input to its end; prints "read LENGTH" to standard error, and "Hello, "
//             with what was read and a newline to standard output; exits with the number that was
//             read, or with 0
//
// target: wasi-command

#include <stdio.h>
#include <stdlib.h>

int main(void) {
  char input[256];
  size_t length = fread(input, 1, sizeof input - 1, stdin);
  input[length] = 0;
  fprintf(stderr, "read %zu\n", length);
  printf("Hello, %s\n", input);
  return atoi(input);
}

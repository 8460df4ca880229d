# hostile_function_huge: one function of 10,000 additions to memory, far beyond what one method of a
# Java virtual machine can hold (64 KiB of bytecode).
#
#   run() -> i32    the sum, kept in memory; 10,000 more with each call
BEGIN {
  print "(module (memory (export \"memory\") 1) (func (export \"run\") (result i32)"
  for (i = 0; i < 10000; i++)
    print "(i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))"
  print "(i32.load (i32.const 16))))"
}

# hostile_br_table: a br_table of 50,000 targets.
#
#   run(i32) -> i32    1 below 50,000, else 0
BEGIN {
  print "(module (func (export \"run\") (param i32) (result i32)"
  print "(block $other (block $listed (br_table"
  for (i = 0; i < 50000; i++) print "$listed"
  print "$other (local.get 0))) (return (i32.const 1))) (i32.const 0)))"
}

# big2000: a module of 2,000 functions of some thirty instructions each, like a large program.
#
#   run(seed: i32) -> i64           calls every function once, through the table: a checksum
#   call(function: i32, x: i32) -> i32   calls one of them; below 2,000
#   inc() -> i64, get() -> i64      a counter in memory
#
# Numbers come from a generator of its own, because awk's differs between awks.
function draw(n) { seed = (seed * 16807) % 2147483647; return seed % n }
function set(local, value) { print "    (local.set " local " " value ")" }
BEGIN {
  seed = 1
  count = 2000
  split("add sub mul and or xor shl shr_u rotl", operation, " ")
  print "(module"
  print "  (type $step (func (param i32) (result i32)))"
  print "  (memory (export \"memory\") 4)"
  printf "  (table %d funcref)\n  (elem (i32.const 0) func", count
  for (i = 0; i < count; i++) printf " $f%d", i
  print ")"
  for (i = 0; i < count; i++) {
    printf "  (func $f%d (param $x i32) (result i32) (local $y i32) (local $i i32)\n", i
    printf "    (local.set $y (i32.const %d))\n", draw(1000000)
    steps = 2 + draw(5)
    for (s = 0; s < steps; s++) {
      kind = draw(4)
      address = 8192 + 4 * draw(60000)
      op = operation[1 + draw(9)]
      value = "(i32." op " (local.get $y) "
      if (kind == 0)
        set("$y", value "(i32.xor (local.get $x) (i32.const " draw(1000) ")))")
      else if (kind == 1)
        print "(i32.store (i32.const " address ") " value "(i32.load (i32.const " address "))))"
      else if (kind == 2) {
        print "(if (i32.lt_u (local.get $x) (i32.const " draw(100000) ")) (then"
        set("$y", value "(local.get $x))")
        print "))"
      } else {
        set("$i", "(i32.const " 1 + draw(4) ")")
        print "(loop $again"
        set("$y", value "(i32.const " 1 + draw(30) "))")
        print "(br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))"
      }
    }
    # Every third calls one before it, so that calls nest but end.
    if (i % 3 == 2) {
      earlier = "(call $f" draw(i < 20 ? 1 : 20) " (local.get $x))"
      set("$y", "(i32.add (local.get $y) " earlier ")")
    }
    print "    (local.get $y))"
  }
  print "  (func (export \"call\") (param $function i32) (param $x i32) (result i32)"
  print "    (call_indirect (type $step) (local.get $x) (local.get $function)))"
  print "  (func (export \"run\") (param $seed i32) (result i64) (local $i i32) (local $sum i64)"
  print "    (loop $all"
  print "      (local.set $seed (call_indirect (type $step) (local.get $seed) (local.get $i)))"
  print "      (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31))"
  print "        (i64.extend_i32_u (local.get $seed))))"
  print "      (local.set $i (i32.add (local.get $i) (i32.const 1)))"
  printf "      (br_if $all (i32.lt_u (local.get $i) (i32.const %d))))\n", count
  print "    (local.get $sum))"
  print "  (func (export \"inc\") (result i64)"
  print "    (i64.store (i32.const 16) (i64.add (i64.load (i32.const 16)) (i64.const 1)))"
  print "    (i64.load (i32.const 16)))"
  print "  (func (export \"get\") (result i64) (i64.load (i32.const 16)))"
  print ")"
}

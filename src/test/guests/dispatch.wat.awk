# dispatch: loops that go back to a jump, as interpreters do, of several shapes; and divisions by constants.
#
#   seed(n: i32)                             where the random numbers begin
#   run(steps: i32) -> i64                   a small machine of 11 opcodes whose program is a random number's bits
#   nested(steps: i32) -> i64                the same, where opcodes have loops with jumps of their own
#   values(seed: i32, steps: i32) -> i32     a loop that is an expression, with values on the stack around it
#   i32.div_u_CONSTANT(a) -> i32, and so on  div_u and rem_u, of 32 and 64 bits, by each of the constants
function machine(name, inner,   i) {
  print "(func (export \"" name "\") (param $steps i32) (result i64) (local $acc i64) (local $k i32)"
  print " (block $end (loop $top"
  for (i = 11; i >= 0; i--) printf " (block $c%d", i
  print ""
  print "  (br_table $c0 $c1 $c2 $c3 $c4 $c5 $c6 $c7 $c8 $c9 $c10 $c11"
  print "   (select (i32.const 11) (i32.rem_u (i32.and (call $next) (i32.const 0x7fff)) (i32.const 11))"
  print "     (i32.eqz (local.tee $steps (i32.sub (local.get $steps) (i32.const 1))))))"
  for (i = 0; i < 11; i++) {
    print "  )"
    print "  (local.set $acc (i64.add (i64.mul (local.get $acc) (i64.const " (2 * i + 1) ")) (i64.const " i ")))"
    if (i == 3) print "  (br_if $top (i64.eqz (i64.and (local.get $acc) (i64.const 1))))"
    if (i == 5 && inner) {
      print "  (local.set $k (i32.wrap_i64 (i64.and (local.get $acc) (i64.const 7))))"
      print "  (loop $in (block $x (block $y (block $z (br_table $x $y $z (i32.and (local.get $k) (i32.const 3))))"
      print "    (local.set $acc (i64.xor (local.get $acc) (i64.const 5))) (local.set $k (i32.sub (local.get $k) (i32.const 1)))"
      print "    (br_if $in (i32.gt_s (local.get $k) (i32.const 0))) (br $top))"
      print "    (local.set $acc (i64.rotl (local.get $acc) (i64.const 3))) (local.set $k (i32.shr_s (local.get $k) (i32.const 1))) (br $in))"
      print "    (local.set $acc (i64.add (local.get $acc) (i64.const 9))))"
    }
    print "  (br $top)"
  }
  print "  ) ))"
  print " (local.get $acc))"
}
BEGIN {
  print "(module (global $state (mut i32) (i32.const 1)) (memory 1)"
  print "(func $next (result i32)"
  print " (global.set $state (i32.add (i32.mul (global.get $state) (i32.const 1103515245)) (i32.const 12345)))"
  print " (i32.shr_u (global.get $state) (i32.const 8)))"
  print "(func (export \"seed\") (param i32) (global.set $state (local.get 0)))"
  machine("run", 0)
  machine("nested", 1)
  print "(func (export \"values\") (param $seed i32) (param $steps i32) (result i32) (local $acc i32)"
  print " (i32.add (i32.const 1000) (i32.add (local.get $seed) (loop $top (result i32)"
  print "   (block $c2 (block $c1 (block $c0"
  print "     (br_table $c0 $c1 $c2 (i32.and (local.get $steps) (i32.const 3))))"
  print "     (local.set $acc (i32.add (local.get $acc) (local.get $seed)))"
  print "     (local.set $steps (i32.sub (local.get $steps) (i32.const 1))) (br $top))"
  print "     (local.set $acc (i32.xor (local.get $acc) (i32.const 77)))"
  print "     (local.set $steps (i32.sub (local.get $steps) (i32.const 3))) (br $top))"
  print "   (if (i32.gt_s (local.get $steps) (i32.const 0))"
  print "     (then (local.set $steps (i32.sub (local.get $steps) (i32.const 1))) (br $top)))"
  print "   (local.get $acc)))))"
  n = split("1 2 3 7 10 16 255 641 1000 65537 2147483647 -2147483648 -1 -7 -2147483647", c, " ")
  for (i = 1; i <= n; i++) {
    print "(func (export \"i32.div_u_" c[i] "\") (param i32) (result i32) (i32.div_u (local.get 0) (i32.const " c[i] ")))"
    print "(func (export \"i32.rem_u_" c[i] "\") (param i32) (result i32) (i32.rem_u (local.get 0) (i32.const " c[i] ")))"
  }
  m = split("1 2 3 7 10 16 255 641 1000 4294967297 1000000007 9223372036854775807 -9223372036854775808 -1 -7", d, " ")
  for (i = 1; i <= m; i++) {
    print "(func (export \"i64.div_u_" d[i] "\") (param i64) (result i64) (i64.div_u (local.get 0) (i64.const " d[i] ")))"
    print "(func (export \"i64.rem_u_" d[i] "\") (param i64) (result i64) (i64.rem_u (local.get 0) (i64.const " d[i] ")))"
  }
  print "(func (export \"i32.div_u_0\") (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0)))"
  print "(func (export \"i64.rem_u_0\") (param i64) (result i64) (i64.rem_u (local.get 0) (i64.const 0)))"
  print ")"
}

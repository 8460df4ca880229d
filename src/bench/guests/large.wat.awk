# large: interpreters like those of script engines: one function, a loop around a table of branches, each to an opcode's
# own code. HotSpot compiles no method of more than 8,000 bytes of bytecode unless it is told to, and from some 135
# opcodes on this is one.
#
#   run_interpret_120(n) -> i64    runs n steps of a program with 120 opcodes, gives a checksum
#   run_interpret_150(n) -> i64    with 150
#   run_interpret_250(n) -> i64    with 250
#
# Memory: 0 is the program, a byte for each opcode, 4,096 of them; 4096 is a stack of 64 words.

function interpreter(opcodes,   i) {
  printf "(func (export \"run_interpret_%d\") (param $n i32) (result i64)\n", opcodes
  print "(local $at i32) (local $top i32) (local $value i32) (local $sum i64)"
  print "(local.set $value (i32.const 1))"
  print "(block $done (loop $next"
  print "(br_if $done (i32.eqz (local.get $n)))"
  print "(local.set $n (i32.sub (local.get $n) (i32.const 1)))"
  print "(local.set $at (i32.and (i32.add (local.get $at) (i32.const 1)) (i32.const 4095)))"
  for (i = opcodes - 1; i >= 0; i--) printf "(block $op%d ", i
  printf "\n(br_table"
  for (i = 0; i < opcodes; i++) printf " $op%d", i
  printf " (i32.rem_u (i32.load8_u (local.get $at)) (i32.const %d)))\n", opcodes
  for (i = 0; i < opcodes; i++) {
    # Ends the block of this opcode; its code follows.
    print ")"
    printf "(local.set $value (i32.%s (local.get $value) (i32.const %d)))\n", operation[i % operations], 2 * i + 1
    printf "(i32.store offset=4096 (local.get $top) (local.get $value))\n"
    printf "(local.set $top (i32.and (i32.add (local.get $top) (i32.const %d)) (i32.const 252)))\n", 4 * (i % 7)
    printf "(local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31))"
    print " (i64.extend_i32_u (i32.load offset=4096 (local.get $top)))))"
    print "(br $next)"
  }
  print "))"
  print "(local.get $sum))"
}

BEGIN {
  operations = split("add xor sub mul or rotl", names, " ")
  for (i = 0; i < operations; i++) operation[i] = names[i + 1]
  print "(module (memory 1)"
  printf "(data (i32.const 0) \""
  for (i = 0; i < 4096; i++) {
    drawn = (drawn * 1103 + 12345) % 65536
    printf "\\%02x", int(drawn / 256)
  }
  print "\")"
  interpreter(120)
  interpreter(150)
  interpreter(250)
  print ")"
}

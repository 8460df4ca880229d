;; tail_calls: calls that end a function, in every way in which they come about.
;; build: --enable-tail-call
;;
;;   count(n: i64) -> i64          n calls of itself, then n: how many there were
;;   even(n: i64) -> i32           by two functions that end with each other
;;   table(n: i64) -> i64          the same as count, through a table
;;   mixed(n: i64) -> i64          a function that has more to do calls one that doesn't, at each level of ten
;;   wide(n: i32) -> (i32, i64, f32, f64)   of many parameters and results
;;   pages(n: i32) -> i32          ends with a function that has no such calls
;;   spin()                        never ends
;;   spin_table()                  never ends, through a table
;;   trap_deep(n: i64)             traps after n calls
;;   trap_null(n: i64) -> i64      a table's entry that is empty, after n calls
;;   trap_type(n: i64) -> i64      a table's entry of another type, after n calls
(module
  (type $unary (func (param i64 i64) (result i64)))
  (type $spinner (func))
  (memory 1)
  (global $calls (mut i64) (i64.const 0))
  (table funcref (elem $count_table $odd $spin_next $ten))
  (table $sparse 2 funcref)

  (func $count (param $left i64) (param $done i64) (result i64)
    (if (i64.eqz (local.get $left)) (then (return (local.get $done))))
    (return_call $count (i64.sub (local.get $left) (i64.const 1)) (i64.add (local.get $done) (i64.const 1))))
  (func (export "count") (param i64) (result i64)
    (i64.add (call $count (local.get 0) (i64.const 0)) (i64.const 0)))

  (func $even (param $n i64) (result i32)
    (if (i64.eqz (local.get $n)) (then (return (i32.const 1))))
    (return_call $odd (i64.sub (local.get $n) (i64.const 1))))
  (func $odd (param $n i64) (result i32)
    (if (i64.eqz (local.get $n)) (then (return (i32.const 0))))
    (return_call $even (i64.sub (local.get $n) (i64.const 1))))
  (func (export "even") (param i64) (result i32)
    (return_call $even (local.get 0)))

  (func $count_table (param $left i64) (param $done i64) (result i64)
    (if (i64.eqz (local.get $left)) (then (return (local.get $done))))
    (return_call_indirect (type $unary)
      (i64.sub (local.get $left) (i64.const 1)) (i64.add (local.get $done) (i64.const 1)) (i32.const 0)))
  (func (export "table") (param i64) (result i64)
    (i64.add (call_indirect (type $unary) (local.get 0) (i64.const 0) (i32.const 0)) (i64.const 0)))

  (func $ten (param $left i64) (param $done i64) (result i64)
    (if (i64.eqz (local.get $left)) (then (return (local.get $done))))
    (if (i64.eqz (i64.rem_u (local.get $left) (i64.const 10)))
      (then (return (i64.add (i64.const 1)
        (call_indirect (type $unary) (i64.sub (local.get $left) (i64.const 1)) (local.get $done) (i32.const 3))))))
    (return_call_indirect (type $unary)
      (i64.sub (local.get $left) (i64.const 1)) (i64.add (local.get $done) (i64.const 1)) (i32.const 3)))
  (func (export "mixed") (param i64) (result i64)
    (return_call $ten (local.get 0) (i64.const 0)))

  (func $wide (param $n i32) (param $a i32) (param $b i64) (param $c f32) (param $d f64) (result i32 i64 f32 f64)
    (if (i32.eqz (local.get $n))
      (then (return (local.get $a) (local.get $b) (local.get $c) (local.get $d))))
    (return_call $wide (i32.sub (local.get $n) (i32.const 1))
      (i32.add (local.get $a) (i32.const 1)) (i64.sub (local.get $b) (i64.const 1))
      (f32.add (local.get $c) (f32.const 0.5)) (f64.sub (local.get $d) (f64.const 0.25))))
  (func (export "wide") (param i32) (result i32 i64 f32 f64)
    (return_call $wide (local.get 0) (i32.const 7) (i64.const -7) (f32.const 1) (f64.const -1)))

  (func $plain (param i32) (result i32)
    (i32.add (memory.size) (local.get 0)))
  (func (export "pages") (param i32) (result i32)
    (return_call $plain (local.get 0)))

  (func $spin (export "spin")
    (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8)) (i64.const 1)))
    (return_call $spin_next))
  (func $spin_next
    (return_call $spin))
  (func $spin_table (export "spin_table")
    (return_call_indirect (type $spinner) (i32.const 2)))

  (func $trap_deep (export "trap_deep") (param $n i64)
    (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
    (if (i64.eqz (local.get $n)) (then unreachable))
    (return_call $trap_deep (i64.sub (local.get $n) (i64.const 1))))
  (func $null (param $left i64) (param $done i64) (result i64)
    (if (i64.eqz (local.get $left))
      (then (return_call_indirect $sparse (type $unary) (i64.const 0) (i64.const 0) (i32.const 1))))
    (return_call $null (i64.sub (local.get $left) (i64.const 1)) (local.get $done)))
  (func (export "trap_null") (param i64) (result i64)
    (return_call $null (local.get 0) (i64.const 0)))
  (func $type (param $left i64) (param $done i64) (result i64)
    (if (i64.eqz (local.get $left))
      (then (return_call_indirect (type $unary) (i64.const 0) (i64.const 0) (i32.const 1))))
    (return_call $type (i64.sub (local.get $left) (i64.const 1)) (local.get $done)))
  (func (export "trap_type") (param i64) (result i64)
    (return_call $type (local.get 0) (i64.const 0))))

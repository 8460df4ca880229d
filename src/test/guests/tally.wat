;; Counts, and says so to the host at each call: the host then knows on which thread the call ran.
;; exports: add(i64) -> i64, the sum so far
(module
  (import "mooring" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "add")
  (global $sum (mut i64) (i64.const 0))
  (func (export "add") (param $n i64) (result i64)
    (call $log (i32.const 2) (i32.const 0) (i32.const 3))
    (global.set $sum (i64.add (global.get $sum) (local.get $n)))
    (global.get $sum)))

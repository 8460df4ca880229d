;; spin_indirect: a loop that calls through a table.
;;
;;   spin()               never returns
;;   inc() -> i64, get() -> i64   a counter; `spin` adds one to it before it spins
(module
  (global $counter (mut i64) (i64.const 0))
  (type $step (func (param i32) (result i32)))
  (table 2 funcref)
  (elem (i32.const 0) func $one_more $three_more)
  (func $one_more (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $three_more (param i32) (result i32) (i32.add (local.get 0) (i32.const 3)))
  (func $inc (export "inc") (result i64)
    (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
    (global.get $counter))
  (func (export "get") (result i64) (global.get $counter))
  (func (export "spin") (local $i i32)
    (drop (call $inc))
    (loop $again
      (local.set $i
        (call_indirect (type $step) (local.get $i) (i32.and (local.get $i) (i32.const 1))))
      (br $again)))
)

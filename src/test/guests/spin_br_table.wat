;; spin_br_table: a state machine: a loop whose back-edges are the targets of a br_table.
;;
;;   spin()               never returns
;;   inc() -> i64, get() -> i64   a counter; `spin` adds one to it before it spins
(module
  (global $counter (mut i64) (i64.const 0))
  (func $inc (export "inc") (result i64)
    (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
    (global.get $counter))
  (func (export "get") (result i64) (global.get $counter))
  (func (export "spin") (local $state i32)
    (drop (call $inc))
    (loop $again
      (block $two (block $one (block $zero
        (br_table $zero $one $two $again (local.get $state)))
        (local.set $state (i32.const 1)) (br $again))
        (local.set $state (i32.const 2)) (br $again))
      (local.set $state (i32.const 3))
      (br_table $again $again (local.get $state))))
)

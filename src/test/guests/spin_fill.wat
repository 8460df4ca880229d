;; spin_fill: a loop of memory.fill over a MiB: little guest code, much work.
;;
;;   spin()               never returns
;;   inc() -> i64, get() -> i64   a counter; `spin` adds one to it before it spins
(module
  (global $counter (mut i64) (i64.const 0))
  (memory (export "memory") 16)
  (func $inc (export "inc") (result i64)
    (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
    (global.get $counter))
  (func (export "get") (result i64) (global.get $counter))
  (func (export "spin") (local $i i32)
    (drop (call $inc))
    (loop $again
      (memory.fill (i32.const 0) (local.get $i) (i32.const 1048576))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $again)))
)

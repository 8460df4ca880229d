;; spin_copy: a loop of overlapping memory.copy over a MiB.
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
  (func (export "spin")
    (drop (call $inc))
    (loop $again
      (memory.copy (i32.const 1) (i32.const 0) (i32.const 1048575))
      (br $again)))
)

;; spin_store: a loop that writes all of a memory, page after page, round and round.
;;
;;   spin()               never returns
;;   inc() -> i64, get() -> i64   a counter; `spin` adds one to it before it spins
(module
  (global $counter (mut i64) (i64.const 0))
  (memory (export "memory") 4)
  (func $inc (export "inc") (result i64)
    (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
    (global.get $counter))
  (func (export "get") (result i64) (global.get $counter))
  (func (export "spin") (local $at i32)
    (drop (call $inc))
    (loop $again
      (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (local.get $at)))
      (local.set $at (i32.and (i32.add (local.get $at) (i32.const 64)) (i32.const 0x3ffff)))
      (br $again)))
)
